import numpy as np
import pytest

from igan.data.fitting import fitted_region, resampled_square
from tests.igan.data.area_reference import area_average


@pytest.mark.parametrize(
    ("fit", "anchor", "region"),
    [
        ("crop", "centre", (0, 37.5, 225, 262.5)),
        ("crop", "top", (0, 0, 225, 225)),
        ("pad", "centre", (-37.5, 0, 262.5, 300)),
        ("pad", "top", (-37.5, 0, 262.5, 300)),
        ("squash", "centre", (0, 0, 225, 300)),
    ],
)
def test_the_region_of_an_upright_photo(
    fit: str, anchor: str, region: tuple[float, float, float, float]
) -> None:
    assert fitted_region(225, 300, fit, anchor) == region


def test_the_region_of_a_lying_photo_padded_at_the_bottom_alone() -> None:
    assert fitted_region(300, 225, "pad", "top") == (0, 0, 300, 300)
    assert fitted_region(300, 225, "crop", "top") == (37.5, 0, 262.5, 225)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "region", [(0, 0, 50, 40), (3.5, 2, 43.5, 36), (-5.5, 0, 55.5, 40), (5, -20, 45, 60.5)]
)
def test_averages_are_exact(channels: int, region: tuple[float, float, float, float]) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, channels), np.uint8)
    square = resampled_square(pixels, region, 16)
    assert square.dtype == np.uint8
    assert np.abs(square - area_average(pixels, region, 16)).max() <= 1.01


def test_a_square_of_the_same_size_is_itself() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    np.testing.assert_array_equal(resampled_square(pixels, (0, 0, 16, 16), 16), pixels)
