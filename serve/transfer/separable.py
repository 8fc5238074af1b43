"""Blurring and resizing of small fields, one axis after the other, as products with matrices."""

from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

KEYS_A = -0.5

SINGLE_THREAD_PRODUCT = 200_000
"""OpenBLAS calls its threads for more multiplications than 262,144 in one product; waiting for them
on busy cores costs more than they bring."""


def gaussian_blur(fields: FloatArray, sigma_px: float) -> FloatArray:
    """Blur (..., H, W); the window is cut off at the border, its weights sum to one."""
    return mixed(
        fields, _gaussian(fields.shape[-2], sigma_px), _gaussian(fields.shape[-1], sigma_px)
    )


def reduced(fields: FloatArray, size_hw: tuple[int, int]) -> FloatArray:
    """Average (..., H, W) over the areas of the pixels of a smaller grid."""
    return mixed(fields, _area(fields.shape[-2], size_hw[0]), _area(fields.shape[-1], size_hw[1]))


def enlarged(
    fields: FloatArray,
    x_positions: npt.NDArray[np.floating],
    y_positions: npt.NDArray[np.floating],
    kernel: Literal["cubic", "linear"] = "cubic",
) -> FloatArray:
    """Read fields on a rectangle of finer pixels.

    Args:
        fields: (..., h, w).
        x_positions: (W,), where the columns lie on the fields' grid, whose first centre is at 0.5;
            positions beyond the grid read its border.
        y_positions: (H,), likewise the rows.
        kernel: "cubic" (Keys 1981, a = -0.5), or "linear", which stays in the range of the values.

    Returns:
        (..., H, W).
    """
    rows, vertical = _taps(y_positions, fields.shape[-2], kernel)
    columns, horizontal = _taps(x_positions, fields.shape[-1], kernel)
    taller = _mixed_along_last(fields[..., rows, columns].swapaxes(-1, -2), vertical)
    return _mixed_along_last(taller.swapaxes(-1, -2), horizontal)


def finer_positions(length: int, finer_length: int) -> npt.NDArray[np.floating]:
    """Where the pixel centres of a finer grid over the same extent lie on a grid of `length`."""
    return (np.arange(finer_length) + 0.5) * (length / finer_length)


def mixed(fields: FloatArray, vertical: FloatArray, horizontal: FloatArray) -> FloatArray:
    """Multiply planes (..., h, w) by (H, h) from the left and (W, w) transposed from the right."""
    return _product(_product(vertical, fields), horizontal.T)


def _product(a: FloatArray, b: FloatArray) -> FloatArray:
    """Multiply matrices (..., m, k) by (..., k, n), in bands of rows that stay on one thread."""
    rows = a.shape[-2]
    step = max(1, SINGLE_THREAD_PRODUCT // (a.shape[-1] * b.shape[-1]))
    if step >= rows:
        return np.asarray(np.matmul(a, b))
    bands = [np.matmul(a[..., start : start + step, :], b) for start in range(0, rows, step)]
    return np.concatenate(bands, axis=-2)


def _mixed_along_last(fields: FloatArray, matrix: FloatArray) -> FloatArray:
    """Multiply (..., n) by (m, n) transposed, in pieces that each stay on one thread."""
    lines = fields.reshape(-1, fields.shape[-1])
    result = np.empty((len(lines), len(matrix)), dtype=np.float32)
    step = max(1, SINGLE_THREAD_PRODUCT // matrix.size)
    for start in range(0, len(lines), step):
        np.matmul(lines[start : start + step], matrix.T, out=result[start : start + step])
    return result.reshape(*fields.shape[:-1], len(matrix))


@lru_cache(maxsize=64)
def _gaussian(length: int, sigma_px: float) -> FloatArray:
    positions = np.arange(length)
    return _normalised(np.exp(-0.5 * ((positions[:, None] - positions) / sigma_px) ** 2))


@lru_cache(maxsize=64)
def _area(length: int, coarser_length: int) -> FloatArray:
    edges = np.linspace(0, length, coarser_length + 1)
    pixels = np.arange(length)
    high = np.minimum(edges[1:, None], pixels + 1)
    low = np.maximum(edges[:-1, None], pixels)
    return _normalised(np.maximum(high - low, 0))


def _normalised(weights: npt.NDArray[np.generic]) -> FloatArray:
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def _taps(
    positions: npt.NDArray[np.floating], length: int, kernel: str
) -> tuple[slice, FloatArray]:
    """The stretch of a small axis that positions need, and the matrix that mixes it."""
    index = np.clip(positions, 0, length) - 0.5
    if kernel == "linear":
        first = np.floor(index).astype(np.int64)
        distance = np.abs(index[:, None] - first[:, None] - np.arange(2))
        weights = 1 - distance
    else:
        first = np.floor(index).astype(np.int64) - 1
        distance = np.abs(index[:, None] - first[:, None] - np.arange(4))
        near = (KEYS_A + 2) * distance**3 - (KEYS_A + 3) * distance**2 + 1
        far = KEYS_A * (distance**3 - 5 * distance**2 + 8 * distance - 4)
        weights = np.where(distance <= 1, near, far)
    taps = np.clip(first[:, None] + np.arange(weights.shape[1]), 0, length - 1)
    start, stop = int(taps.min()), int(taps.max()) + 1
    matrix = np.zeros((len(positions), stop - start), dtype=np.float32)
    lines = np.broadcast_to(np.arange(len(positions))[:, None], taps.shape)
    np.add.at(matrix, (lines, taps - start), weights.astype(np.float32))
    return slice(start, stop), matrix
