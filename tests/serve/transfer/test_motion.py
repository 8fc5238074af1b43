import dataclasses

import numpy as np
import pytest

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


def parts_of_energy(coefficients, target, start, colour_map):
    """What the docstring of `update_motion` sums up, in float64."""
    reading = pull_spline_with_slopes(coefficients, start)
    value, slope_x, slope_y = (
        apply_linear_part(colour_map, part).astype(np.float64)
        for part in (reading.value, reading.slope_x, reading.slope_y)
    )
    residual = target - value
    robust = np.sqrt(1 + (residual**2).sum(1) / SETTINGS.robust_difference**2)
    slopes = (slope_x**2 + slope_y**2).sum(1) + SETTINGS.faint_contrast**2
    x, y = grid(24)
    at_x, at_y = x + start[:, 0], y + start[:, 1]
    inside = (at_x >= 0) & (at_x <= 24) & (at_y >= 0) & (at_y <= 24)
    return inside / (robust * slopes), residual, slope_x, slope_y


def energy(coefficients, target, start, colour_map, motion, keep_shape):
    weight, residual, slope_x, slope_y = parts_of_energy(coefficients, target, start, colour_map)
    step = motion.astype(np.float64) - start
    left = residual - slope_x * step[:, :1] - slope_y * step[:, 1:]
    total = (weight * (left**2).sum(1)).sum()
    smooth = step if keep_shape else motion.astype(np.float64)
    for axis in (-1, -2):
        contrast = (np.diff(target.astype(np.float64), axis=axis) ** 2).sum(1)
        bond = SETTINGS.motion_smoothness / (1 + contrast / SETTINGS.contour_contrast**2)
        total += (bond * (np.diff(smooth, axis=axis) ** 2).sum(1)).sum()
    return total


@pytest.mark.parametrize("keep_shape", [False, True])
def test_a_step_minimises_the_stated_quadratic(keep_shape):
    coefficients, target, start, colour_map = case()
    reading = pull_spline_with_slopes(coefficients, start)
    found = update_motion(reading, target, start, colour_map, SETTINGS, keep_shape)
    least = energy(coefficients, target, start, colour_map, found, keep_shape)
    assert least < 0.5 * energy(coefficients, target, start, colour_map, start, keep_shape)
    rng = np.random.default_rng(2)
    for _ in range(20):
        direction = rng.standard_normal(found.shape)
        for size in (1e-2, -1e-2):
            other = found + size * direction
            assert energy(coefficients, target, start, colour_map, other, keep_shape) > least


def test_steps_lead_to_the_planted_shift():
    coefficients, target, motion, colour_map = case()
    for _ in range(4):
        reading = pull_spline_with_slopes(coefficients, motion)
        motion = update_motion(reading, target, motion, colour_map, SETTINGS)
    inner = np.s_[0, :, 3:-3, 3:-3]
    assert np.abs(motion[inner] - np.array([0.4, -0.3])[:, None, None]).max() < 0.02
