import numpy as np
import pytest

from serve.transfer.sampling import pull, pull_spline_with_slopes, spline_coefficients
from serve.transfer.tables import SlopeTable, SplineTable
from tests.serve.transfer.planted import grid, smooth_motion, texture

SIZE_HW = 40, 48


@pytest.fixture
def fields():
    x, y = grid(48)
    colours = texture(3)(x, y)[: SIZE_HW[0]]
    return np.ascontiguousarray(colours.transpose(2, 0, 1), np.float32)[None]


@pytest.fixture
def flow():
    x, y = grid(48)
    return smooth_motion(2, 6.0)(x, y)[None, :, : SIZE_HW[0]].astype(np.float32)


def test_it_reads_what_the_spline_reads(fields, flow):
    exact = pull(fields, flow)
    assert np.abs(SplineTable(fields).at(flow) - exact).max() < 0.03 * np.ptp(fields)
    assert np.abs(SplineTable(fields).at(flow) - exact).mean() < 0.004 * np.ptp(fields)


def test_without_a_flow_it_gives_the_fields(fields):
    still = np.zeros((1, 2, *SIZE_HW), np.float32)
    assert np.abs(SplineTable(fields).at(still) - fields).max() < 1e-5


def test_slopes_too(fields, flow):
    exact = pull_spline_with_slopes(spline_coefficients(fields), flow)
    read = SlopeTable(fields).at(flow)
    assert np.abs(read.value - SplineTable(fields).at(flow)).max() < 0.01 * np.ptp(fields)
    for name in ("slope_x", "slope_y"):
        slopes = getattr(exact, name)
        assert np.abs(getattr(read, name) - slopes).mean() < 0.03 * np.abs(slopes).max()


def test_beyond_the_border_it_reads_the_border(fields):
    far = np.full((1, 2, *SIZE_HW), -100, np.float32)
    read = SplineTable(fields).at(far)
    assert np.allclose(read, read[:, :, :1, :1])
    assert np.allclose(read, pull(fields, far), atol=1e-5)
