"""Fields and colour maps at every second pixel, for pictures that must be shown at once."""

from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from serve.transfer.linear import solve_symmetric
from serve.transfer.separable import finer_positions, mixed, reduced

FloatArray = npt.NDArray[np.float32]


def halved(fields: FloatArray) -> FloatArray:
    """Average (..., H, W) over squares of two pixels a side."""
    height, width = fields.shape[-2:]
    return reduced(fields, (half_of(height), half_of(width)))


def half_of(length: int) -> int:
    """How many pixels are left of so many."""
    return (length + 1) // 2


def spread(fields: FloatArray, size_hw: tuple[int, ...]) -> FloatArray:
    """Read (..., h, w) linearly at the pixels of a finer grid over the same extent."""
    height, width = size_hw
    planes = np.moveaxis(fields.reshape(-1, *fields.shape[-2:]), 0, -1)
    finer = np.asarray(cv2.resize(np.ascontiguousarray(planes), (width, height)), np.float32)
    planes = np.moveaxis(finer.reshape(height, width, -1), -1, 0)
    return np.ascontiguousarray(planes).reshape(*fields.shape[:-2], height, width)


def fit_halved_colour_map(
    source: FloatArray,
    target: FloatArray,
    weight: FloatArray,
    prior: FloatArray,
    window_px: float,
    ridge: float,
) -> FloatArray:
    """Fit an affine colour map around every second pixel.

    The regression of `colour.fit_colour_map` in the same windows at fewer places, and with the
    prior of the window's middle all over it: over the width of a window both maps vary little.

    Args:
        source, target: float32 (N, C, H, W) in [0, 1], or (1, C, H, W) for all.
        weight: float32 (N, 1, H, W), how far each pixel counts.
        prior: float32 (N, C, C + 1, h, w) on the halved grid, what the fit leans on.
        window_px: standard deviation of the windows in pixels of the source.
        ridge: how strongly it leans.

    Returns:
        Like `prior`.
    """
    channels = source.shape[1]
    basis = np.concatenate([source, np.ones_like(source[:, :1])], axis=1)
    seen = np.concatenate([basis, target], axis=1)
    products = (basis * weight)[:, :, None] * seen[:, None]
    vertical, horizontal = (_windows(side, window_px) for side in source.shape[2:])
    moments = mixed(products, vertical, horizontal)
    squares, crossed = moments[:, :, : channels + 1], moments[:, :, channels + 1 :]
    right = crossed - np.einsum("nijhw,nkjhw->nikhw", squares, prior)
    system = [[squares[:, i, j] for j in range(i + 1)] for i in range(channels + 1)]
    for row in system:
        row[-1] = row[-1] + np.float32(ridge)
    change = np.stack(solve_symmetric(system, list(right.transpose(1, 2, 0, 3, 4))))
    return prior + change.transpose(2, 1, 0, 3, 4)


@lru_cache(maxsize=16)
def _windows(length: int, sigma_px: float) -> FloatArray:
    """Gaussian windows around the middles of pairs of pixels, (length / 2, length)."""
    middles = finer_positions(length, half_of(length)) - 0.5
    weights = np.exp(-0.5 * ((middles[:, None] - np.arange(length)) / sigma_px) ** 2)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
