"""Histograms of oriented gradients, differentiable: what the sketching brush compares.

The formula, for an image x (C, S, S) in [-1, 1], a mask w (S, S) of pixels that count, and the cell
(i, j) of n x n, n = ceil(S / 8):

    y      = (mean of x over channels + 1) / 2, continued beyond its edges by its border pixels
    gx     = y * [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]] / 4    (correlation), gy the transposed of it
    m^2    = gx^2 + gy^2 + SOFTNESS^2
    e_k    = m ((gx cos t_k + gy sin t_k)^2 / m^2)^4,  t_k = k pi / 8,  k = 0 .. 7
    v_k    = sum over pixels (row p, column q) of w(p, q) e_k(p, q) b(p - 8 i) b(q - 8 j) / 64
             with b(p) = max(0, 1 - |p + 0.5 - 4| / 8), the bilinear window of a cell
    HOG_k  = v_k / sqrt(sum over k of v_k^2 + FLAT^2)

Orientations are unsigned and binned softly: apart from SOFTNESS, e_k is |g| times cos^8 of the
angle to t_k, and the eight of a pixel sum to 35/16 |g| whatever its angle is.

Cells and their windows are those of the released code, which bins by
max(0, |g| (cos - a) / (1 - a)) with a = cos(pi / 8): as selective, but with kinks, and with 1e-3
added to |g|^2 so that faint gradients feel no pull. It does not divide by the length of the
histogram, so that a stroke asks for an edge from black to white, on a dark shoe as well; nor does
it mask pixels, so that whatever else lies in a cell of 16 x 16 pixels is asked to go away.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

HOG_ORIENTATIONS = 8
HOG_CELL_PX = 8

SOFTNESS = 1e-3
"""Gradients below this, of an image in [0, 1] per pixel, fade out."""

FLAT = 0.1
"""Cells whose histogram is shorter than this count as flat; a straight edge from black to white
across the middle of a cell makes 0.29."""


@dataclass(frozen=True)
class CellWindow:
    """A rectangle of cells: rows `top` to `bottom` and columns `left` to `right`, ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @classmethod
    def whole(cls, size_px: int) -> "CellWindow":
        count = cells_across(size_px)
        return cls(0, count, 0, count)

    @classmethod
    def around(cls, cells: Tensor) -> "CellWindow":
        """The smallest that holds every cell (n, n) above zero, of which there is one at least."""
        rows, columns = (cells > 0).nonzero().T.tolist()
        return cls(min(rows), max(rows) + 1, min(columns), max(columns) + 1)

    @property
    def index(self) -> tuple[slice, slice]:
        """What cuts the window out of the last two axes of a map of cells (n, n)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def cells_across(size_px: int) -> int:
    return math.ceil(size_px / HOG_CELL_PX)


def hog(images: Tensor, mask: Tensor | None = None) -> Tensor:
    """HOG of the formula above: images (N, C, S, S) in [-1, 1] to (N, 8, n, n), length at most 1.

    Args:
        mask: w, (S, S); ones by default.
    """
    return normalised(histograms(images, mask))


def histograms(images: Tensor, mask: Tensor | None = None) -> Tensor:
    """v of the formula above: (N, C, S, S) to (N, 8, n, n)."""
    rows, columns = operators(images, CellWindow.whole(images.shape[-1]))
    along = along_directions(images, rows, columns)
    squared = squared_gradient(along)
    share = along.square() / squared
    size = squared.sqrt() if mask is None else squared.sqrt() * mask.to(images)
    return rows.pool @ (share.square().square() * size) @ columns.pool.T


def normalised(cells: Tensor) -> Tensor:
    """HOG of v, both (..., 8, n, n)."""
    return cells / (cells.square().sum(-3, keepdim=True) + FLAT**2).sqrt()


def pooled_over_cells(values: Tensor) -> Tensor:
    """Values at pixels (S, S) summed under the windows b b / 64 of cells: (n, n)."""
    rows, columns = operators(values, CellWindow.whole(values.shape[-1]))
    return rows.pool @ values @ columns.pool.T


@dataclass(frozen=True)
class AxisOperators:
    """What a window of cells reads along one axis of an image, and how it pools that.

    Attributes:
        pooled: the pixels that the cells reach.
        read: these and their neighbours in the image, of which gradients are taken.
        repeats: how often the first and the last pixel are repeated for want of a neighbour.
        pool: b / 8, (cells, pooled).
    """

    pooled: slice
    read: slice
    repeats: tuple[int, int]
    pool: Tensor


def operators(values: Tensor, window: CellWindow) -> tuple[AxisOperators, AxisOperators]:
    """Of rows and of columns, for the cells of a window on values (..., S, S)."""
    size_px, dtype, device = values.shape[-1], values.dtype, values.device
    rows = _axis_operators(size_px, window.top, window.bottom, dtype, device)
    return rows, _axis_operators(size_px, window.left, window.right, dtype, device)


def along_directions(images: Tensor, rows: AxisOperators, columns: AxisOperators) -> Tensor:
    """gx cos t_k + gy sin t_k of the pixels that are pooled: (N, C, S, S) to (N, 8, h, w)."""
    grey = images[:, :, rows.read, columns.read].sum(1, keepdim=True)
    repeats = (*columns.repeats, *rows.repeats)
    if any(repeats):
        grey = functional.pad(grey, repeats, mode="replicate")
    return functional.conv2d(grey, _kernels(images.shape[1], images.dtype, images.device))


def onto_pixels(
    pulls: Tensor, channels: int, rows: AxisOperators, columns: AxisOperators
) -> Tensor:
    """The transposed of `along_directions`: (N, 8, h, w) to what any channel feels, (N, h', w')."""
    kernels = _kernels(channels, pulls.dtype, pulls.device)
    grey = functional.conv_transpose2d(pulls, kernels)[:, 0]
    for axis, (before, after) in ((1, rows.repeats), (2, columns.repeats)):
        if before:
            grey.select(axis, 1).add_(grey.select(axis, 0))
        if after:
            grey.select(axis, -2).add_(grey.select(axis, -1))
        grey = grey.narrow(axis, before, grey.shape[axis] - before - after)
    return grey


def squared_gradient(along: Tensor) -> Tensor:
    """m^2: directions 0 and 4 are those of gx and gy. (N, 8, h, w) to (N, 1, h, w)."""
    return along[:, :1].square() + along[:, 4:5].square() + SOFTNESS**2


@functools.lru_cache(maxsize=16)
def _kernels(channels: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """From the sum of channels in [-1, 1] to the gradient of y along each t_k: (8, 1, 3, 3)."""
    sobel = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4
    angles = np.arange(HOG_ORIENTATIONS)[:, None, None] * np.pi / HOG_ORIENTATIONS
    kernels = (np.cos(angles) * sobel + np.sin(angles) * sobel.T) / (2 * channels)
    return torch.from_numpy(kernels[:, None]).to(device, dtype)


@functools.lru_cache(maxsize=256)
def _axis_operators(
    size_px: int, first: int, last: int, dtype: torch.dtype, device: torch.device
) -> AxisOperators:
    """For the cells `first` to `last`, end excluded."""
    half = HOG_CELL_PX // 2
    start, stop = max(0, first * HOG_CELL_PX - half), min(size_px, last * HOG_CELL_PX + half)
    centres = (np.arange(first, last) + 0.5) * HOG_CELL_PX
    distance = np.abs(np.arange(start, stop) + 0.5 - centres[:, None])
    pool = np.maximum(0, 1 - distance / HOG_CELL_PX) / HOG_CELL_PX
    return AxisOperators(
        pooled=slice(start, stop),
        read=slice(max(0, start - 1), min(size_px, stop + 1)),
        repeats=(int(start == 0), int(stop == size_px)),
        pool=torch.from_numpy(pool).to(device, dtype),
    )
