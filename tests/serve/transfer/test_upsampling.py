import numpy as np
import pytest

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.separable import enlarged
from serve.transfer.upsampling import fields_on_tile, grid_positions, pixel_positions
from tests.serve.transfer.planted import texture

SIZE = 32


def frame_of(photo_px, box):
    photo = Photo(np.zeros((photo_px, photo_px, 1), np.uint8))
    return PhotoFrame.box(photo, SIZE, box)


def smooth_fields():
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    return texture(3, 2, shortest_px=10.0)(x, y).transpose(2, 0, 1).astype(np.float32)


@pytest.mark.parametrize("photo_px", [20, 40, 100, 333, 1000])
def test_tiles_read_the_fields_cubically(photo_px):
    frame = frame_of(photo_px, (0.1 * photo_px, 0.05 * photo_px, 0.9 * photo_px, 0.85 * photo_px))
    rows, columns = slice(photo_px // 5, photo_px // 2), slice(photo_px // 4, photo_px // 3 + 7)
    fields = smooth_fields()
    exact = enlarged(
        fields, *grid_positions(frame, pixel_positions(columns), pixel_positions(rows))
    )
    tile = fields_on_tile(fields, frame, rows, columns)
    assert tile.shape == exact.shape
    second_difference = np.abs(np.diff(fields, 2, axis=2)).max()
    assert np.abs(tile - exact).max() < 0.02 * second_difference


def test_tiles_join_without_a_step():
    frame = frame_of(1000, (0, 0, 1000, 1000))
    fields = smooth_fields()
    whole = fields_on_tile(fields, frame, slice(0, 512), slice(0, 512))
    right = fields_on_tile(fields, frame, slice(0, 512), slice(256, 512))
    assert np.abs(whole[:, :, 256:] - right).max() < 1e-5


def test_a_tile_without_anything_is_nothing():
    frame = frame_of(320, (0, 0, 320, 320))
    fields = np.zeros((3, SIZE, SIZE), np.float32)
    fields[1, 20, 20] = 1
    assert fields_on_tile(fields, frame, slice(0, 160), slice(0, 320)) is None
    tile = fields_on_tile(fields, frame, slice(160, 320), slice(160, 320))
    assert tile[1].max() == pytest.approx(1, abs=0.06)
    assert (tile[[0, 2]] == 0).all()
    assert (tile[1, :10] == 0).all()
