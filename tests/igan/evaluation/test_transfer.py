import cv2
import numpy as np
import pytest

from igan.evaluation.transfer import (
    RealEdit,
    correlation,
    edited_region,
    estimated_motion,
    ideally_pulled,
    laplacian_energy,
    measure_edit,
    texture_window,
)
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.apply import EditTransfer
from tests.serve.transfer.planted import planted_path, texture, to_pixels


def photo_and_path(side_px=192, shift_px=3.0, gain=0.7):
    """A grainy photo, and frames in which its middle moves to the right and turns red."""
    y, x = (np.mgrid[:side_px, :side_px] + 0.5) * (64 / side_px)
    grain = 0.06 * np.random.default_rng(0).standard_normal((side_px, side_px, 1))
    photo = Photo(to_pixels(texture(0, shortest_px=9.0)(x, y) + grain))
    frame = PhotoFrame.whole(photo, 64)
    first = frame.crop(photo.pixels)
    y, x = np.mgrid[:64, :64].astype(np.float32)
    bump = np.exp(-((x - 32) ** 2 + (y - 32) ** 2) / 200)
    frames = []
    for share in np.linspace(0, 1, 5, dtype=np.float32):
        moved = cv2.remap(first, x - shift_px * share * bump, y, cv2.INTER_CUBIC).astype(float)
        moved[..., 1:] *= 1 - (1 - gain) * share * bump[..., None]
        frames.append(np.rint(moved).astype(np.uint8))
    return RealEdit(photo, frame, "walk", np.stack(frames))


@pytest.fixture(scope="module")
def edit():
    return photo_and_path()


@pytest.fixture(scope="module")
def transfer(edit):
    return EditTransfer(edit.photo, edit.frame, edit.frames)


def test_a_carried_edit_keeps_texture_and_follows_the_frames(edit, transfer):
    figures = measure_edit(edit, transfer, transfer.photo_at(1.0))
    assert figures.texture_shape == pytest.approx(1, abs=0.1)
    assert figures.texture_colour == pytest.approx(1, abs=0.1)
    assert figures.texture_generator < 0.2
    assert figures.motion_correlation > 0.8
    assert figures.colour_correlation > 0.9


def test_what_was_not_carried_is_found_out(edit, transfer):
    """The measures fail where they should: an untouched photo and one that was blurred."""
    untouched = measure_edit(edit, transfer, edit.photo)
    assert untouched.colour_correlation is None
    assert untouched.motion_correlation is None or untouched.motion_correlation < 0.2
    rolled = Photo(np.roll(edit.photo.pixels[..., ::-1], 6, axis=0))
    wrong = measure_edit(edit, transfer, rolled)
    assert wrong.motion_correlation < 0.5
    assert wrong.colour_correlation < 0.5
    blurred = cv2.GaussianBlur(edit.photo.pixels, (0, 0), 1.5)
    assert laplacian_energy(blurred) < 0.1 * laplacian_energy(edit.photo.pixels)


def test_the_reference_pull_is_exact_where_nothing_moves_and_sharp_where_it_does(edit, transfer):
    shape = transfer.edit_at(1.0, "shape", 3)
    rows, columns = texture_window(edit.frame)
    pulled = ideally_pulled(edit.photo, shape, rows, columns)
    map_x, map_y, _ = shape.source_positions(rows, columns)
    y, x = np.mgrid[rows, columns] + 0.5
    in_place = (map_x == x) & (map_y == y)
    assert in_place.mean() > 0.2
    assert np.array_equal(pulled[in_place], edit.photo.pixels[in_place])
    linear = cv2.remap(edit.photo.pixels, map_x - 0.5, map_y - 0.5, cv2.INTER_LINEAR)
    assert laplacian_energy(linear) < laplacian_energy(pulled)


def test_motion_is_found_under_a_change_of_colour():
    planted = planted_path(1, amplitude_px=2.0, change=0.1)
    found = estimated_motion(planted.frames[0], planted.frames[-1])
    error = np.hypot(*(found.transpose(2, 0, 1) - planted.motion))[planted.inner]
    assert np.median(error) < 0.4


def test_regions_and_correlations():
    before = np.full((32, 32, 3), 100, np.uint8)
    after = before.copy()
    after[8:20, 8:20, 0] += 40
    region = edited_region(before, after)
    assert region[10:18, 10:18].all()
    assert not region[:4].any()
    rng = np.random.default_rng(0)
    field = rng.standard_normal((32, 32, 2))
    assert correlation(field, 3 * field + 1, region) == pytest.approx(1)
    assert correlation(field, -field, region) == pytest.approx(-1)
    assert correlation(field, 0 * field, region) is None
    assert correlation(field, field, np.zeros((32, 32), bool)) is None


def test_the_window_lies_inside_photo_and_frame():
    photo = Photo(np.zeros((700, 900, 3), np.uint8))
    rows, columns = texture_window(PhotoFrame.box(photo, 64, (-100, 50.5, 1000, 2000)))
    assert rows.stop - rows.start == columns.stop - columns.start == 512
    assert rows.start >= 51
    assert rows.stop <= 700
    small = texture_window(PhotoFrame.box(photo, 64, (10.2, 10.2, 40.7, 40.7)))
    assert small == (slice(10, 39), slice(10, 39)) or all(
        part.start >= 10.2 and part.stop <= 40.7 for part in small
    )
