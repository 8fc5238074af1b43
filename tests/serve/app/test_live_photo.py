import numpy as np
import pytest

from serve.app.live_photo import LivePhoto
from serve.errors import CancelledError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import decode_photo
from tests.serve.app.talking import photo_file


def test_a_small_copy_and_places_on_a_path() -> None:
    photo = decode_photo(photo_file(1, (128, 96)), "photo")
    frame = PhotoFrame.centre_square(photo, 32)
    first = frame.picture(photo, 3)
    last = np.clip(first.astype(int) + np.array([60, 0, -60]), 0, 255).astype(np.uint8)
    live = LivePhoto(photo, frame, first, 64)
    original = live.original()
    assert original.shape == (48, 64, 3)
    assert np.array_equal(live.edited(first, "both"), original)
    whole = live.edited(last, "both").astype(int) - original
    assert whole[..., 0].mean() > 10
    assert live.on_path(b"way", 0.5, "both") is None
    shares: list[float] = []
    live.follow_path(b"way", np.stack([first, (first // 2 + last // 2), last]), shares.append)
    assert shares[-1] == 1
    half = live.on_path(b"way", 0.5, "both")
    assert half is not None
    change = half.astype(int)[..., 0] - original[..., 0]
    assert 0.25 * whole[..., 0].mean() < change.mean() < 0.75 * whole[..., 0].mean()
    assert live.on_path(b"other", 0.5, "both") is None


def test_a_path_that_nobody_wants_any_more() -> None:
    photo = decode_photo(photo_file(1), "photo")
    frame = PhotoFrame.centre_square(photo, 32)
    first = frame.picture(photo, 3)
    live = LivePhoto(photo, frame, first, 64)

    def given_up(share: float) -> None:
        raise CancelledError("the work was given up.")

    with pytest.raises(CancelledError):
        live.follow_path(b"way", np.stack([first, 255 - first]), given_up)
    assert live.on_path(b"way", 0.5, "both") is None
