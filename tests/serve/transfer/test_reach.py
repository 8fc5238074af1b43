import numpy as np
import pytest

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.flow import MotionColourFlow
from serve.transfer.reach import border_ramps, find_reach
from serve.transfer.settings import TransferSettings

PHOTO = Photo(np.zeros((100, 120, 3), np.uint8))


def centres(length):
    return np.arange(length) + 0.5


def test_ramps_start_at_nothing_and_end_at_all():
    frame = PhotoFrame.box(PHOTO, 20, (20, 30, 100, 90))
    ramps = border_ramps(frame, centres(120), centres(100), 4.0)
    inside = ramps[30:90, 20:100]
    assert (ramps[:30] == 0).all()
    assert (ramps[90:] == 0).all()
    assert (ramps[:, :20] == 0).all()
    assert (ramps[:, 100:] == 0).all()
    assert (inside[[0, -1]] == 0).all()
    assert (inside[:, [0, -1]] == 0).all()
    assert (inside[14:-14, 18:-18] == 1).all()
    middle = inside[30]
    assert (np.diff(middle[:20]) >= 0).all()
    assert np.abs(np.diff(middle)).max() < 0.13


def test_borders_of_the_photo_do_not_fade():
    whole = PhotoFrame.whole(PHOTO, 64)
    assert border_ramps(whole, centres(120), centres(100), 4.0) is None
    left = PhotoFrame.box(PHOTO, 64, (0, 0, 60, 100))
    ramps = border_ramps(left, centres(120), centres(100), 4.0)
    assert (ramps[:, :50] == 1).all()
    assert (ramps[:, 59:] == 0).all()


@pytest.fixture
def local_edit():
    """Moves by half a pixel and darkens by 0.1 in a block, is tiny elsewhere."""
    flow = MotionColourFlow.identity(1, 3, 32, 32)
    flow.flow_target_to_source[:, 0] = 0.02
    flow.colour_map[:, :, -1] = -0.004
    flow.flow_target_to_source[:, 0, 10:16, 10:16] = 0.5
    flow.colour_map[:, :, -1, 18:24, 8:14] = -0.1
    return flow


def test_only_what_changes_is_let_through(local_edit):
    first = np.full((1, 3, 32, 32), 0.5, np.float32)
    reach = find_reach(local_edit, first, TransferSettings())
    assert reach.motion[12:14, 12:14].min() == 1
    assert reach.colour[20:22, 10:12].min() == 1
    for mask, rows, columns in (
        (reach.motion, slice(6, 20), slice(6, 20)),
        (reach.colour, slice(14, 28), slice(4, 18)),
    ):
        far = np.ones((32, 32), bool)
        far[rows, columns] = False
        assert (mask[far] == 0).all()
        assert mask.min() >= 0
        assert mask.max() <= 1


def test_change_is_let_through_where_it_arrives(local_edit):
    first = np.full((1, 3, 32, 32), 0.5, np.float32)
    reach = find_reach(local_edit, first, TransferSettings())
    shift = np.zeros((2, 32, 32), np.float32)
    shift[0] = -5
    arrived = reach.at_target(shift)
    assert np.allclose(arrived.motion[:, 5:], reach.motion[:, :-5], atol=1e-6)
    assert np.allclose(arrived.colour[:, 5:], reach.colour[:, :-5], atol=1e-6)
