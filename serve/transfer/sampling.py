"""Reading fields between their pixels: cubic B-splines on small grids."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from serve.transfer.separable import mixed

FloatArray = npt.NDArray[np.float32]

PAD = 2
"""Spline coefficients kept beyond each border, continued linearly."""


@lru_cache(maxsize=64)
def pixel_centres(height: int, width: int) -> FloatArray:
    """Return float32 (2, H, W), read-only: the x and y of every pixel centre (the first at 0.5)."""
    y, x = np.mgrid[:height, :width]
    centres: FloatArray = np.stack([x, y]).astype(np.float32) + np.float32(0.5)
    centres.setflags(write=False)
    return centres


def pull(fields: FloatArray, flow: FloatArray) -> FloatArray:
    """Read fields (N, K, H, W) at p + flow(p) for every pixel p of a flow (N, 2, H, W).

    Positions beyond the border read the border. Linear fields are read exactly up to there.
    """
    return _read(spline_coefficients(fields), flow, with_slopes=False)[0]


def spline_coefficients(fields: FloatArray) -> FloatArray:
    """Return the B-spline coefficients of (N, K, H, W), padded: (N, K, H + 2 PAD, W + 2 PAD)."""
    return mixed(fields, _prefilter(fields.shape[-2]), _prefilter(fields.shape[-1]))


def pull_spline(coefficients: FloatArray, flow: FloatArray) -> FloatArray:
    """Like `pull`, of fields whose `spline_coefficients` are at hand."""
    return _read(coefficients, flow, with_slopes=False)[0]


@dataclass(frozen=True, eq=False)
class Reading:
    """Fields read between their pixels, and their derivatives there, each float32 (N, K, H, W)."""

    value: FloatArray
    slope_x: FloatArray
    slope_y: FloatArray


def pull_spline_with_slopes(coefficients: FloatArray, flow: FloatArray) -> Reading:
    """Like `pull_spline`, with the fields' derivatives by x and by y at the same places."""
    return Reading(*_read(coefficients, flow, with_slopes=True))


def _read(coefficients: FloatArray, flow: FloatArray, with_slopes: bool) -> list[FloatArray]:
    count, channels, padded_height, padded_width = coefficients.shape
    _, _, height, width = flow.shape
    position = flow + pixel_centres(height, width)
    x = np.clip(position[:, 0], 0, padded_width - 2 * PAD).ravel() - np.float32(0.5)
    y = np.clip(position[:, 1], 0, padded_height - 2 * PAD).ravel() - np.float32(0.5)
    left, top = np.floor(x), np.floor(y)
    weights_x, weights_y = _basis(x - left), _basis(y - top)
    sample = np.repeat(np.arange(count), height * width)
    row = sample * padded_height + top.astype(np.int64) + (PAD - 1)
    first = row * padded_width + left.astype(np.int64) + (PAD - 1)
    flat = np.ascontiguousarray(coefficients.transpose(1, 0, 2, 3)).reshape(channels, -1)

    if with_slopes:
        slopes_x, slopes_y = _basis_slopes(x - left), _basis_slopes(y - top)
        results = [np.zeros((channels, len(first)), dtype=np.float32) for _ in range(3)]
    else:
        results = [np.zeros((channels, len(first)), dtype=np.float32)]
    for i in range(4):
        taps = [flat.take(first + (i * padded_width + j), axis=1) for j in range(4)]
        line = sum(weight * tap for weight, tap in zip(weights_x, taps, strict=True))
        results[0] += weights_y[i] * line
        if with_slopes:
            line_slope = sum(slope * tap for slope, tap in zip(slopes_x, taps, strict=True))
            results[1] += weights_y[i] * line_slope
            results[2] += slopes_y[i] * line
    return [
        result.reshape(channels, count, height, width).transpose(1, 0, 2, 3) for result in results
    ]


def _basis(t: FloatArray) -> list[FloatArray]:
    """Weights of the four coefficients around a position at fraction t."""
    s = np.float32(1) - t
    near, far = np.float32(2 / 3), np.float32(1 / 6)
    return [
        far * s * s * s,
        near - t * t * (1 - t / 2),
        near - s * s * (1 - s / 2),
        far * t * t * t,
    ]


def _basis_slopes(t: FloatArray) -> list[FloatArray]:
    s = 1 - t
    return [-s * s / 2, t * (1.5 * t - 2), s * (2 - 1.5 * s), t * t / 2]


@lru_cache(maxsize=32)
def _prefilter(length: int) -> FloatArray:
    """The matrix (length + 2 PAD, length) from samples to padded coefficients of one axis."""
    padding = np.zeros((length + 2 * PAD, length))
    padding[PAD : PAD + length] = np.eye(length)
    inner = min(1, length - 1)
    for step in range(1, PAD + 1):
        padding[PAD - step, 0] += 1 + step
        padding[PAD - step, inner] -= step
        padding[PAD + length - 1 + step, length - 1] += 1 + step
        padding[PAD + length - 1 + step, length - 1 - inner] -= step
    rows = np.arange(length)
    interpolation = np.zeros((length, length + 2 * PAD))
    for offset, weight in ((-1, 1 / 6), (0, 2 / 3), (1, 1 / 6)):
        interpolation[rows, rows + PAD + offset] = weight
    return (padding @ np.linalg.inv(interpolation @ padding)).astype(np.float32)
