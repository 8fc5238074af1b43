import numpy as np
import pytest

from igan.data.encoding import ENCODINGS, decode_record, encode_record
from tests.igan.data.conftest import random_pictures


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("encoding", "largest_error"), [("png", 0), ("jpeg", 25), ("webp", 25)])
def test_pictures_come_back(encoding: str, channels: int, largest_error: int) -> None:
    (picture,) = random_pictures(1, size=32, channels=channels)
    back = decode_record(encode_record(picture, encoding), 32, channels)
    assert back.shape == picture.shape
    assert np.abs(back.astype(int) - picture).max() <= largest_error


def test_raw_is_the_bytes_themselves() -> None:
    (picture,) = random_pictures(1)
    assert encode_record(picture, "raw") == picture.tobytes()
    assert ENCODINGS == ("raw", "png", "jpeg", "webp")


def test_a_picture_of_another_size_is_refused() -> None:
    (picture,) = random_pictures(1, size=32)
    with pytest.raises(ValueError, match="size"):
        decode_record(encode_record(picture, "png"), 16, 3)


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(ValueError, match="not an encoded picture"):
        decode_record(b"no picture", 16, 3)
