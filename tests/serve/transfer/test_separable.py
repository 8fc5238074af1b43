import numpy as np
import pytest

from serve.transfer import separable
from serve.transfer.separable import enlarged, finer_positions, gaussian_blur, reduced


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_a_blur_keeps_constants_up_to_the_border():
    assert np.allclose(gaussian_blur(np.full((2, 9, 13), 3.0, np.float32), 2.0), 3.0, atol=1e-5)


def test_a_blur_has_the_width_it_names():
    point = np.zeros((61, 61), np.float32)
    point[30, 30] = 1
    blurred = gaussian_blur(point, 4.0)
    offsets = np.arange(61) - 30
    assert np.sqrt((blurred.sum(0) * offsets**2).sum()) == pytest.approx(4.0, rel=1e-3)


def test_reduced_averages_areas():
    field = noise(3, 8, 12)
    blocks = field.reshape(3, 4, 2, 6, 2).mean(axis=(2, 4))
    assert np.allclose(reduced(field, (4, 6)), blocks, atol=1e-6)
    assert reduced(field, (3, 5)).mean() == pytest.approx(field.mean(), abs=1e-6)


@pytest.mark.parametrize("kernel", ["cubic", "linear"])
def test_enlarged_keeps_ramps_and_the_fields_own_pixels(kernel):
    x, y = np.meshgrid(np.arange(20) + 0.5, np.arange(16) + 0.5)
    ramp = (0.3 * x - 0.2 * y).astype(np.float32)
    fine_x, fine_y = np.linspace(2, 18, 77), np.linspace(2, 14, 50)
    expected = 0.3 * fine_x[None, :] - 0.2 * fine_y[:, None]
    assert np.allclose(enlarged(ramp, fine_x, fine_y, kernel), expected, atol=1e-5)
    field = noise(5, 16, 20)
    at_centres = enlarged(field, np.arange(20) + 0.5, np.arange(16) + 0.5, kernel)
    assert np.allclose(at_centres, field, atol=1e-6)


def test_enlarged_reads_the_border_beyond_it():
    field = noise(6, 6)
    beyond = enlarged(field, np.array([-50.0, 50.0]), np.array([2.5]))
    assert np.allclose(beyond[0], field[2, [0, -1]], atol=0.1 * np.ptp(field))
    linear = enlarged(field, np.array([-50.0, 50.0]), np.array([2.5]), "linear")
    assert np.allclose(linear[0], field[2, [0, -1]], atol=1e-6)


def test_linear_stays_in_the_range_and_keeps_zeros():
    field = np.zeros((8, 8), np.float32)
    field[4, 4] = 1
    fine = enlarged(field, np.linspace(0, 8, 81), np.linspace(0, 8, 81), "linear")
    assert fine.min() == 0
    assert fine.max() <= 1
    assert (fine[:35] == 0).all()


def test_parts_of_an_enlargement_are_parts_of_the_whole(monkeypatch):
    field = noise(3, 16, 16)
    positions = finer_positions(16, 100)
    whole = enlarged(field, positions, positions)
    part = enlarged(field, positions[37:61], positions[5:20])
    assert np.allclose(part, whole[:, 5:20, 37:61], atol=1e-6)
    monkeypatch.setattr(separable, "SINGLE_THREAD_PRODUCT", 5_000)
    assert np.allclose(enlarged(field, positions, positions), whole, atol=1e-6)


def test_finer_positions_cover_the_same_extent():
    assert finer_positions(2, 4).tolist() == [0.25, 0.75, 1.25, 1.75]
