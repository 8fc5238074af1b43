import numpy as np
import pytest

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.cross_fade import cross_fade
from tests.serve.transfer.planted import texture, to_pixels


def picture(side_px, seed=0, channels=3):
    y, x = (np.mgrid[:side_px, :side_px] + 0.5) * (64 / side_px)
    return to_pixels(texture(seed, channels)(x, y))


def test_nothing_all_and_half_of_another_photo():
    a, b = Photo(picture(120)), Photo(picture(120, seed=1))
    frame = PhotoFrame.whole(a, 64)
    assert np.array_equal(cross_fade(a, frame, b, frame, 0.0).pixels, a.pixels)
    assert np.array_equal(cross_fade(a, frame, b, frame, 1.0).pixels, b.pixels)
    half = cross_fade(a, frame, b, frame, 0.5).pixels.astype(float)
    assert np.abs(half - (a.pixels.astype(float) + b.pixels) / 2).max() <= 0.5


@pytest.mark.parametrize("other_side_px", [64, 150, 480])
def test_frames_are_laid_over_each_other(other_side_px):
    a, other = Photo(picture(160, seed=2)), Photo(picture(other_side_px))
    faded = cross_fade(
        a, PhotoFrame.whole(a, 32), other, PhotoFrame.whole(other, 32), 1.0
    ).pixels.astype(float)
    assert np.abs(faded - picture(160)).mean() < 3


def test_outside_the_frame_the_photo_stays():
    a, b = Photo(picture(160)), Photo(np.zeros((50, 50, 3), np.uint8))
    frame = PhotoFrame.box(a, 32, (30, 40, 130, 140))
    faded = cross_fade(a, frame, b, PhotoFrame.whole(b, 32), 1.0).pixels
    changed = (faded != a.pixels).any(axis=2)
    assert not changed[:41].any()
    assert not changed[:, :31].any()
    assert (faded[60:120, 50:110] == 0).all()


def test_depth_and_channels():
    deep = Photo(picture(64).astype(np.uint16) * 257, icc_profile=b"icc")
    grey = Photo(picture(64, seed=1, channels=1))
    frame = PhotoFrame.whole(deep, 32)
    ended = cross_fade(deep, frame, grey, frame, 1.0)
    assert ended.pixels.dtype == np.uint16
    assert np.array_equal(ended.pixels, np.repeat(grey.pixels.astype(np.uint16) * 257, 3, axis=2))
    assert ended.icc_profile == b"icc"
    coloured = cross_fade(grey, frame, Photo(picture(64)), frame, 1.0)
    assert np.array_equal(coloured.pixels, picture(64))
