"""Antialiased resampling of a fractional region, exact in its geometry."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Positions = npt.NDArray[np.float64]

KEYS_A = -0.5


@dataclass(frozen=True)
class AxisWeights:
    """Which source pixels make up each output pixel along one axis.

    Attributes:
        sources: int64 (S, n), source pixels of each output pixel, all inside the image.
        weights: float32 (S, n), their weights.
        inside: float32 (S,), the sum of the weights that fall inside the image.
    """

    sources: npt.NDArray[np.int64]
    weights: FloatArray
    inside: FloatArray


def resample_region(
    pixels: npt.NDArray[np.generic],
    region: tuple[float, float, float, float],
    size_hw: tuple[int, int],
    padding_colour: FloatArray | None = None,
) -> FloatArray:
    """Resample a fractional region of an image.

    Reduction averages over the area of each output pixel, with the average's centre of mass moved
    to the pixel's centre; enlargement is Keys' bicubic (a = -0.5). Both reproduce linear ramps
    exactly, and a region that coincides with the pixels gives the pixels.

    Args:
        pixels: (H, W, C), any real dtype.
        region: (x0, y0, x1, y1) in pixels, origin at the corner, centres at +0.5.
        size_hw: height and width of the result.
        padding_colour: (C,) what stands outside the image; None repeats its border.

    Returns:
        float32 (h, w, C), not clipped.
    """
    height_px, width_px, channels = pixels.shape
    x0, y0, x1, y1 = region
    replicate = padding_colour is None
    rows = axis_weights(y0, y1, size_hw[0], height_px, replicate)
    columns = axis_weights(x0, x1, size_hw[1], width_px, replicate)
    left, right = int(columns.sources.min()), int(columns.sources.max()) + 1
    mixed_rows = np.empty((size_hw[0], right - left, channels), dtype=np.float32)
    for row, sources, weights in zip(mixed_rows, rows.sources, rows.weights, strict=True):
        band = pixels[sources, left:right].reshape(len(sources), -1).astype(np.float32)
        row.reshape(-1)[:] = weights @ band
    result = np.einsum("sn,hsnc->hsc", columns.weights, mixed_rows[:, columns.sources - left])
    if padding_colour is not None:
        outside = 1.0 - rows.inside[:, None] * columns.inside[None, :]
        result += outside[..., None] * padding_colour
    return result


@lru_cache(maxsize=64)
def axis_weights(
    start: float, stop: float, count: int, length_px: int, replicate: bool
) -> AxisWeights:
    """Weights that resample [start, stop) of an axis of `length_px` pixels to `count` pixels.

    With `replicate` the weights of pixels beyond the image go to its border pixels, else they are
    dropped (and missing from `inside`).
    """
    step = (stop - start) / count
    lows = start + step * np.arange(count, dtype=np.float64)
    positions, weights = _area(lows, lows + step) if step >= 1 else _bicubic(lows + step / 2)
    sources = np.clip(positions, 0, length_px - 1)
    if not replicate:
        weights = np.where(positions == sources, weights, 0.0)
    return AxisWeights(sources, weights.astype(np.float32), weights.sum(axis=1).astype(np.float32))


def _area(lows: Positions, highs: Positions) -> tuple[npt.NDArray[np.int64], Positions]:
    first = np.floor(lows).astype(np.int64)
    taps = int((np.ceil(highs) - first).max())
    positions = first[:, None] + np.arange(taps)
    edges = positions.astype(np.float64)
    overlap = np.clip(
        np.minimum(edges + 1, highs[:, None]) - np.maximum(edges, lows[:, None]), 0, 1
    )
    weights = overlap / overlap.sum(axis=1, keepdims=True)
    offsets = edges + 0.5
    mean = (weights * offsets).sum(axis=1, keepdims=True)
    variance = (weights * (offsets - mean) ** 2).sum(axis=1, keepdims=True)
    shift = ((lows + highs) / 2)[:, None] - mean
    slope = np.where(variance > 1e-9, shift / np.maximum(variance, 1e-9), 0.0)
    return positions, weights * (1 + slope * (offsets - mean))


def _bicubic(centres: Positions) -> tuple[npt.NDArray[np.int64], Positions]:
    first = np.floor(centres - 0.5).astype(np.int64) - 1
    positions = first[:, None] + np.arange(4)
    distance = np.abs(positions + 0.5 - centres[:, None])
    near = (KEYS_A + 2) * distance**3 - (KEYS_A + 3) * distance**2 + 1
    far = KEYS_A * (distance**3 - 5 * distance**2 + 8 * distance - 4)
    return positions, np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))
