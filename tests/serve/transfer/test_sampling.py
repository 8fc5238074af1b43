import numpy as np

from serve.transfer.sampling import (
    pixel_centres,
    pull,
    pull_spline,
    pull_spline_with_slopes,
    spline_coefficients,
)
from tests.serve.transfer.planted import grid, texture


def random(*shape, scale=1.0):
    return (scale * np.random.default_rng(0).standard_normal(shape)).astype(np.float32)


def test_no_flow_changes_nothing():
    fields = random(2, 3, 10, 12)
    assert np.abs(pull(fields, np.zeros((2, 2, 10, 12), np.float32)) - fields).max() < 2e-6


def test_linear_fields_are_exact_up_to_the_border():
    x, y = pixel_centres(32, 40)
    fields = (0.3 * x - 0.2 * y + 1)[None, None]
    flow = random(1, 2, 32, 40, scale=4)
    at_x, at_y = np.clip(x + flow[:, 0], 0, 40), np.clip(y + flow[:, 1], 0, 32)
    assert np.abs(pull(fields, flow)[:, 0] - (0.3 * at_x - 0.2 * at_y + 1)).max() < 1e-4


def test_a_texture_is_read_between_its_pixels():
    colours, (x, y) = texture(0), grid(64)
    fields = colours(x, y).transpose(2, 0, 1)[None].astype(np.float32)
    flow = random(1, 2, 64, 64, scale=1.5)
    expected = colours(x + flow[0, 0], y + flow[0, 1]).transpose(2, 0, 1)
    inner = np.s_[:, 8:-8, 8:-8]
    assert np.abs(pull(fields, flow)[0] - expected)[inner].max() < 2e-3


def test_slopes_are_the_derivatives():
    coefficients = spline_coefficients(random(2, 3, 16, 16))
    flow = random(2, 2, 16, 16)
    reading = pull_spline_with_slopes(coefficients, flow)
    assert np.array_equal(reading.value, pull_spline(coefficients, flow))
    step = np.float32(1e-2)
    for channel, slope in ((0, reading.slope_x), (1, reading.slope_y)):
        ahead, behind = flow.copy(), flow.copy()
        ahead[:, channel] += step
        behind[:, channel] -= step
        difference = (pull_spline(coefficients, ahead) - pull_spline(coefficients, behind)) / (
            2 * step
        )
        inner = np.s_[..., 5:-5, 5:-5]
        assert np.abs(slope - difference)[inner].max() < 2e-2


def test_samples_do_not_mix():
    fields, flow = random(3, 2, 12, 12), random(3, 2, 12, 12)
    alone = np.concatenate([pull(fields[i : i + 1], flow[i : i + 1]) for i in range(3)])
    assert np.allclose(pull(fields, flow), alone, atol=1e-6)
