from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from igan.cli.gallery.pictures import (
    MARK,
    SHOWN_SIDE_PX,
    WIDEST_PX,
    at_full_size,
    most_changed_square,
    samples_grid,
    walk,
    write_jpeg,
)
from serve.bundle import Bundle, load_bundle
from serve.photo.photo import Photo
from serve.photo.pixels import tensor_to_pixels
from tests.bundles import tiny_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny"))


def holds(sheet: np.ndarray, picture: np.ndarray) -> bool:
    windows = np.lib.stride_tricks.sliding_window_view(sheet[..., 0], picture.shape[:2])
    return bool((windows[:, :, ::7, ::7] == picture[::7, ::7, 0]).all(axis=(2, 3)).any())


def test_the_rejects_alone_are_crossed_out(bundle: Bundle) -> None:
    clean = samples_grid(bundle, 20, 0, ())
    marked = samples_grid(bundle, 20, 0, {13})
    assert not (clean == MARK).all(axis=2).any()
    rows, columns = np.nonzero((marked != clean).any(axis=2))
    assert 0 < np.ptp(rows) < 32
    assert 0 < np.ptp(columns) < 32
    assert (marked == MARK).all(axis=2).sum() > 100
    pictures = tensor_to_pixels(bundle.generator(bundle.sample_latents(20, 0)))
    assert all(holds(clean, picture) for picture in pictures)
    assert [holds(marked, picture) for picture in pictures] == [
        number != 13 for number in range(20)
    ]


def test_a_walk_is_the_same_whenever_it_is_drawn(bundle: Bundle) -> None:
    first = walk(bundle)
    np.testing.assert_array_equal(first, walk(bundle))
    assert first.shape[1] > 9 * 128


def test_the_square_that_changed_most_is_found_at_the_border_and_inside() -> None:
    before = np.zeros((90, 120, 3), np.uint8)
    after = before.copy()
    after[50:60, 70:90] = 200
    x, y = most_changed_square(before, after, 30)
    assert 60 <= x <= 70
    assert 30 <= y <= 50
    after = before.copy()
    after[80:, 100:] = 200
    x, y = most_changed_square(before, after, 30)
    assert (x, y) == (90, 60)
    assert most_changed_square(before, after, 500) == (0, 0)


def test_a_crop_shows_the_photos_own_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (900, 1200, 3), np.uint8)
    edited = pixels.copy()
    edited[600:700, 500:600] //= 2
    sheet = at_full_size(Photo(pixels), Photo(edited))
    assert sheet.shape[0] > 2 * SHOWN_SIDE_PX * 900 / 1200
    left, top = most_changed_square(pixels, edited, SHOWN_SIDE_PX)
    crop = edited[top : top + SHOWN_SIDE_PX, left : left + SHOWN_SIDE_PX]
    corner = np.argwhere((sheet == crop[0, 0]).all(axis=2))
    assert any(
        np.array_equal(sheet[y : y + SHOWN_SIDE_PX, x : x + SHOWN_SIDE_PX], crop) for y, x in corner
    )


def test_a_wide_picture_is_made_as_wide_as_a_page(tmp_path: Path) -> None:
    write_jpeg(np.full((300, 2 * WIDEST_PX, 3), 128, np.uint8), tmp_path / "wide.jpg")
    with Image.open(tmp_path / "wide.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (WIDEST_PX, 150))
