import pickle

import numpy as np
import pytest

from igan.data.encoding import encode_record
from igan.data.record_decoder import RecordDecoder
from tests.igan.data.conftest import random_pictures


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 2, 11])
def test_records_are_decoded_in_their_order(threads: int, count: int) -> None:
    expected = random_pictures(11)[:count]
    records = [encode_record(picture, "png") for picture in expected]
    pictures = np.zeros_like(expected)
    decoder = pickle.loads(pickle.dumps(RecordDecoder(threads)))
    decoder.decode_into(pictures, records)
    np.testing.assert_array_equal(pictures, expected)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("bad", [None, b"no picture"])
def test_a_bad_record_is_refused(threads: int, bad: bytes | None) -> None:
    pictures = random_pictures(3)
    records = [encode_record(pictures[0], "png"), encode_record(pictures[1], "png"), bad]
    with pytest.raises(ValueError, match=r"record is missing|not an encoded picture"):
        RecordDecoder(threads).decode_into(pictures, records)
