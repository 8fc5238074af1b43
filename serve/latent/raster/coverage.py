"""How much of each network pixel lies under a stroke or inside an outline."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from serve.latent.constraints import Point
from serve.photo.frame import PhotoFrame

SUBSAMPLES = 8
"""Samples per network pixel along each side; coverage comes in steps of 1/64."""

REMEMBERED = 256
"""Lines whose coverage is kept: while one stroke is drawn, those before it are asked for again
and again."""


class Stroke(Protocol):
    """Whatever is drawn with a round brush along points."""

    @property
    def points(self) -> tuple[Point, ...]: ...

    @property
    def width_px(self) -> float: ...


def stroke_coverage(
    stroke: Stroke, frame: PhotoFrame, *, finest: bool = False
) -> npt.NDArray[np.float64]:
    """The share of each network pixel, (S, S) in [0, 1], under a round brush along the points.

    A sample is marked when its distance in the photo to the polyline is at most half the width.
    A stroke finer than a network pixel is drawn one network pixel wide: the grid shows no less.
    With `finest` every stroke is. The array is kept for the next call and must not be written to.
    """
    return _line_coverage(stroke.points, 0.0 if finest else stroke.width_px, frame)


@lru_cache(REMEMBERED)
def _line_coverage(
    points: tuple[Point, ...], width_px: float, frame: PhotoFrame
) -> npt.NDArray[np.float64]:
    radius_px = max(width_px, *frame.scale_xy) / 2
    across, down = _samples(frame)
    marked = np.zeros((len(down), len(across)), dtype=bool)
    line = np.asarray(points, dtype=np.float64)
    for start, end in zip(line, line[1:] if len(line) > 1 else line, strict=False):
        columns = _within(across, start[0], end[0], radius_px)
        rows = _within(down, start[1], end[1], radius_px)
        marked[rows, columns] |= (
            squared_distance_to_segment(across[columns][None, :], down[rows][:, None], start, end)
            <= radius_px**2
        )
    coverage = _share_of_pixels(marked)
    coverage.flags.writeable = False
    return coverage


def polygon_coverage(outline: Sequence[Point], frame: PhotoFrame) -> npt.NDArray[np.float64]:
    """The share of each network pixel, (S, S) in [0, 1], inside a closed outline in the photo.

    A sample is inside when a ray from it to the right crosses the outline an odd number of times.
    """
    across, down = _samples(frame)
    inside = np.zeros((len(down), len(across)), dtype=bool)
    corners = np.asarray(outline, dtype=np.float64)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        spanned = np.flatnonzero((down >= min(y0, y1)) & (down < max(y0, y1)))
        if len(spanned):
            crossing = x0 + (down[spanned] - y0) / (y1 - y0) * (x1 - x0)
            inside[spanned] ^= across[None, :] < crossing[:, None]
    return _share_of_pixels(inside)


def squared_distance_to_segment(
    x: npt.NDArray[np.float64],
    y: npt.NDArray[np.float64],
    start: npt.NDArray[np.float64],
    end: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Squared distance of the points (x, y) to the segment from `start` to `end`, each (2,)."""
    along = end - start
    length_squared = float(along @ along)
    share = np.zeros(np.broadcast(x, y).shape)
    if length_squared > 0:
        share = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length_squared
        share = np.clip(share, 0, 1)
    return np.square(x - start[0] - share * along[0]) + np.square(y - start[1] - share * along[1])


def _samples(frame: PhotoFrame) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Photo coordinates of the samples' columns and rows, each (S * SUBSAMPLES,)."""
    samples = (np.arange(frame.network_size_px * SUBSAMPLES) + 0.5) / SUBSAMPLES
    across, down = frame.grid_to_photo(np.stack([samples, samples], axis=1)).T
    return across, down


def _share_of_pixels(marked: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    size = len(marked) // SUBSAMPLES
    return marked.reshape(size, SUBSAMPLES, size, SUBSAMPLES).mean(axis=(1, 3))


def _within(samples: npt.NDArray[np.float64], a: float, b: float, radius_px: float) -> slice:
    first, last = np.searchsorted(samples, [min(a, b) - radius_px, max(a, b) + radius_px])
    return slice(int(first), int(last))
