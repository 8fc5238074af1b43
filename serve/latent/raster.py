"""Constraints from photo coordinates onto the network's grid, antialiased."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.latent.constraints import Colour, ColourStroke, Constraint
from serve.photo.frame import PhotoFrame

SUBSAMPLES = 8
"""Samples per network pixel along each side; coverage comes in steps of 1/64."""

LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601: what a colour is to a one-channel model."""


@dataclass(frozen=True)
class ColourMap:
    """All colour strokes on the grid, later ones over earlier ones, float32.

    Attributes:
        colour: (C, S, S) in [-1, 1]; zero where nothing is marked.
        coverage: (S, S) in [0, 1], the share of the pixel that is marked.
        weight: (S, S) in [0, 1], coverage times the strength of what marks it.
    """

    colour: Tensor
    coverage: Tensor
    weight: Tensor


@dataclass(frozen=True)
class GridConstraints:
    """Constraints as the objective sees them; None where a brush marks nothing."""

    colour: ColourMap | None = None

    @property
    def empty(self) -> bool:
        return self.colour is None


def rasterise(
    constraints: Sequence[Constraint], frame: PhotoFrame, channels: int
) -> GridConstraints:
    """Draw constraints onto the network's grid; what lies outside of it is cut off.

    Args:
        constraints: oldest first.
        channels: of the network's images, 3 or 1.
    """
    size = frame.network_size_px
    painted = np.zeros((channels, size, size))
    coverage = np.zeros((size, size))
    weight = np.zeros((size, size))
    for stroke in constraints:
        mask = stroke_coverage(stroke, frame)
        painted = (1 - mask) * painted + mask * network_colour(stroke.colour, channels)
        coverage = (1 - mask) * coverage + mask
        weight = (1 - mask) * weight + mask * stroke.strength
    if not coverage.any():
        return GridConstraints()
    colour = np.divide(painted, coverage, out=np.zeros_like(painted), where=coverage > 0)
    return GridConstraints(
        colour=ColourMap(colour=_tensor(colour), coverage=_tensor(coverage), weight=_tensor(weight))
    )


def network_colour(colour: Colour, channels: int) -> npt.NDArray[np.float64]:
    """sRGB levels 0 to 255 as the network sees them: (channels, 1, 1) in [-1, 1]."""
    levels = np.asarray(colour, dtype=np.float64) / 127.5 - 1
    if channels == 1:
        levels = np.asarray([levels @ LUMA])
    return levels[:, None, None]


def stroke_coverage(stroke: ColourStroke, frame: PhotoFrame) -> npt.NDArray[np.float64]:
    """The share of each network pixel, (S, S) in [0, 1], under a round brush along the points.

    A sample is marked when its distance in the photo to the polyline is at most half the width.
    A stroke finer than a network pixel is drawn one network pixel wide: the grid shows no less.
    """
    size = frame.network_size_px
    radius_px = max(stroke.width_px, *frame.scale_xy) / 2
    samples = (np.arange(size * SUBSAMPLES) + 0.5) / SUBSAMPLES
    across, down = frame.grid_to_photo(np.stack([samples, samples], axis=1)).T
    marked = np.zeros((len(down), len(across)), dtype=bool)
    points = np.asarray(stroke.points, dtype=np.float64)
    for start, end in zip(points, points[1:] if len(points) > 1 else points, strict=False):
        columns = _within(across, start[0], end[0], radius_px)
        rows = _within(down, start[1], end[1], radius_px)
        marked[rows, columns] |= (
            squared_distance_to_segment(across[columns][None, :], down[rows][:, None], start, end)
            <= radius_px**2
        )
    return marked.reshape(size, SUBSAMPLES, size, SUBSAMPLES).mean(axis=(1, 3))


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


def _within(samples: npt.NDArray[np.float64], a: float, b: float, radius_px: float) -> slice:
    first, last = np.searchsorted(samples, [min(a, b) - radius_px, max(a, b) + radius_px])
    return slice(int(first), int(last))


def _tensor(values: npt.NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))
