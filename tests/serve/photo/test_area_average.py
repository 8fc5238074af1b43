import numpy as np
import pytest

from serve.photo.area_average import resampled_square
from serve.photo.resampling import resample_region
from tests.igan.data.area_reference import area_average


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "region", [(0, 0, 50, 40), (3.5, 2, 43.5, 36), (-5.5, 0, 55.5, 40), (5, -20, 45, 60.5)]
)
def test_averages_are_exact(channels, region):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, channels), np.uint8)
    square = resampled_square(pixels, region, 16)
    assert square.dtype == np.uint8
    assert np.abs(square - area_average(pixels, region, 16)).max() <= 1.01


def test_a_square_of_the_same_size_is_itself():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    np.testing.assert_array_equal(resampled_square(pixels, (0, 0, 16, 16), 16), pixels)


@pytest.mark.parametrize("region", [(0.25, 1, 40.25, 41), (-9000.0, -9000.0, 9000.0, 9000.0)])
def test_other_regions_are_weighted(region):
    """Edges between half pixels, and regions so wide that bordering them would take much memory."""
    pixels = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    weighted = np.rint(np.clip(resample_region(pixels, region, (16, 16)), 0, 255))
    np.testing.assert_array_equal(resampled_square(pixels, region, 16), weighted)
