"""The stated reference for every reduction: the exact average of each output pixel's area."""

from itertools import pairwise

import numpy as np


def area_average(
    pixels: np.ndarray, region: tuple[float, float, float, float], size: int
) -> np.ndarray:
    """Average a region of (H, W, C) to float64 (size, size, C); border pixels are repeated."""
    x0, y0, x1, y1 = region
    rows = _shares(y0, y1, size, pixels.shape[0])
    columns = _shares(x0, x1, size, pixels.shape[1])
    return np.einsum("sh,hwc,tw->stc", rows, pixels.astype(np.float64), columns, optimize="optimal")


def _shares(start: float, stop: float, count: int, length: int) -> np.ndarray:
    edges = np.linspace(start, stop, count + 1)
    shares = np.zeros((count, length))
    for output, (low, high) in enumerate(pairwise(edges)):
        for source in range(int(np.floor(low)), int(np.ceil(high))):
            overlap = min(high, source + 1) - max(low, source)
            shares[output, min(max(source, 0), length - 1)] += overlap / (high - low)
    return shares
