import numpy as np
import pytest

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.canvas import PhotoCanvas
from serve.transfer.ground import Ground
from serve.transfer.tiles import PhotoEdit
from tests.serve.transfer.test_apply import photo_colours, to_levels

SIZE = 32
REGIONS = [(0.0, 0.0, 128.0, 128.0), (10.3, 6.6, 106.3, 102.6), (-20.0, 14.0, 108.0, 142.0)]


def smooth_fields(rng, count, largest):
    coarse = rng.uniform(-largest, largest, (count, 4, 4)).astype(np.float32)
    return np.kron(coarse, np.ones((SIZE // 4, SIZE // 4), np.float32))


def framed(region, channels=3):
    photo = Photo(to_levels(photo_colours(128, 128, channels)))
    return photo, PhotoFrame.box(photo, SIZE, region)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_near_the_exact_edit(region, channels):
    photo, frame = framed(region, channels)
    rng = np.random.default_rng(0)
    flow = smooth_fields(rng, 2, 2.0)
    change = smooth_fields(rng, channels * (channels + 1), 0.1)
    exact, _ = PhotoEdit(frame, flow, change, None, None, 2.0).apply(photo.pixels, None)
    in_grid_px = flow / np.array(frame.scale_xy, np.float32)[:, None, None]
    quick = PhotoCanvas(photo, frame, None, 2.0).edited(in_grid_px, change, None)
    off = np.abs(quick.astype(int) - exact).mean()
    assert off < 0.2 * np.abs(exact.astype(int) - photo.pixels).mean()


def test_ground_is_recoloured_by_its_own_map():
    colours = np.ones((128, 128, 3))
    colours[40:90, 40:90] = (0.2, 0.3, 0.6)
    photo = Photo(to_levels(colours))
    frame = PhotoFrame.whole(photo, SIZE)
    darker = np.zeros((12, SIZE, SIZE), np.float32)
    darker[3::4] = -0.1
    edited = PhotoCanvas(photo, frame, Ground.of(photo), 2.0).edited(None, None, darker)
    assert np.array_equal(edited[50:80, 50:80], photo.pixels[50:80, 50:80])
    assert (edited[:20] == 255 - round(25.5)).all()


@pytest.mark.parametrize("region", REGIONS)
def test_no_edit_and_an_edit_of_nothing_leave_every_sample(region):
    photo, frame = framed(region)
    canvas = PhotoCanvas(photo, frame, None, 2.0)
    nothing = np.zeros((12, SIZE, SIZE), np.float32)
    assert np.array_equal(canvas.edited(None, None, None), photo.pixels)
    assert np.array_equal(canvas.edited(nothing[:2], nothing, nothing), photo.pixels)
