import dataclasses

import numpy as np

from serve.transfer.colour import apply_linear_part, identity_colour_map
from serve.transfer.motion import update_motion
from serve.transfer.sampling import pull_spline_with_slopes, spline_coefficients
from serve.transfer.settings import TransferSettings
from tests.serve.transfer.planted import grid, texture

SETTINGS = dataclasses.replace(TransferSettings(), motion_solver_steps=300)


def case():
    x, y = grid(24)
    colours = texture(0, shortest_px=8)
    source = colours(x, y).transpose(2, 0, 1)[None].astype(np.float32)
    target = colours(x + 0.4, y - 0.3).transpose(2, 0, 1)[None].astype(np.float32)
    rng = np.random.default_rng(1)
    start = (0.1 * rng.standard_normal((1, 2, 24, 24))).astype(np.float32)
    return spline_coefficients(source), target, start, identity_colour_map(1, 3, 24, 24)


def quadratic(coefficients, target, start, colour_map, motion):
    """The energy that the docstring of `update_motion` states, in float64."""
    value, slope_x, slope_y = (
        apply_linear_part(colour_map, part).astype(np.float64)
        for part in pull_spline_with_slopes(coefficients, start)
    )
    residual = target - value
    robust = np.sqrt(1 + (residual**2).sum(1) / SETTINGS.robust_difference**2)
    slopes = (slope_x**2 + slope_y**2).sum(1) + SETTINGS.faint_contrast**2
    x, y = grid(24)
    at_x, at_y = x + start[:, 0], y + start[:, 1]
    inside = (at_x >= 0) & (at_x <= 24) & (at_y >= 0) & (at_y <= 24)
    weight = inside / (robust * slopes)
    step = motion.astype(np.float64) - start
    left = residual - slope_x * step[:, :1] - slope_y * step[:, 1:]
    data = (weight * (left**2).sum(1)).sum()
    smooth = sum((np.diff(motion.astype(np.float64), axis=axis) ** 2).sum() for axis in (-1, -2))
    return data + SETTINGS.motion_smoothness * smooth


def test_a_step_minimises_the_stated_quadratic():
    coefficients, target, start, colour_map = case()
    found = update_motion(coefficients, target, start, colour_map, SETTINGS)
    least = quadratic(coefficients, target, start, colour_map, found)
    assert least < 0.2 * quadratic(coefficients, target, start, colour_map, start)
    rng = np.random.default_rng(2)
    for _ in range(20):
        direction = rng.standard_normal(found.shape)
        for size in (1e-2, -1e-2):
            other = found + size * direction
            assert quadratic(coefficients, target, start, colour_map, other) > least


def test_steps_lead_to_the_planted_shift():
    coefficients, target, motion, colour_map = case()
    for _ in range(4):
        motion = update_motion(coefficients, target, motion, colour_map, SETTINGS)
    inner = np.s_[0, :, 3:-3, 3:-3]
    assert np.abs(motion[inner] - np.array([0.4, -0.3])[:, None, None]).max() < 0.02
