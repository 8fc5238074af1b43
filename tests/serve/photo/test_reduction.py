import numpy as np
import pytest

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.photo.reduction import reduce_photo


def test_the_frame_shows_the_same_region_of_the_smaller_photo() -> None:
    ramp = np.add.outer(np.arange(120), np.arange(90)).astype(np.uint8)
    photo = Photo(np.repeat(ramp[..., None], 3, axis=2))
    frame = PhotoFrame.box(photo, 8, (10.0, 20.0, 70.0, 80.0))
    smaller, smaller_frame = reduce_photo(photo, frame, 60)
    assert (smaller.width_px, smaller.height_px) == (45, 60)
    assert smaller_frame.region == (5.0, 10.0, 35.0, 40.0)
    difference = smaller_frame.crop(smaller.pixels).astype(int) - frame.crop(photo.pixels)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_a_small_photo_keeps_its_size(channels: int) -> None:
    photo = Photo(np.zeros((20, 30, channels), np.uint8))
    frame = PhotoFrame.centre_square(photo, 8)
    smaller, smaller_frame = reduce_photo(photo, frame, 640)
    assert smaller.pixels.shape == (20, 30, channels)
    assert smaller_frame == frame
