"""Did the edit do what was drawn? Numbers for every stroke, in units that people know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from serve.latent.constraints import (
    ColourStroke,
    Constraint,
    EraseStroke,
    KeepStroke,
    SketchStroke,
)
from serve.latent.handles import HandleTracks, begin_tracking, track
from serve.latent.hog import hog
from serve.latent.lab import delta_e76, lab_of_images
from serve.latent.raster import ColourMap, GridConstraints, HandleDrags, HogMap, rasterise
from serve.photo.frame import PhotoFrame

COLOUR_ERROR = "colour_error_lab"
AGREEMENT = "hog_agreement"
KEPT_CHANGE = "kept_change_lab"
HANDLE_GRID = "handle_distance_grid_px"
HANDLE_PHOTO = "handle_distance_photo_px"

FLAT_TARGET = 0.05
"""A target whose histograms are all shorter than this is flat, and no agreement is measured."""


@dataclass(frozen=True)
class BeforeAndAfter:
    """One measure on the start's picture and on the result's."""

    before: float
    after: float


@dataclass(frozen=True)
class StrokeSatisfaction:
    """How well one stroke is met.

    Attributes:
        stroke: its number, from 1.
        brush: its kind.
        measures: by name, what its brush is measured by; empty where nothing of it is in force
            (an eraser, or a stroke outside of the frame or wholly painted over).
    """

    stroke: int
    brush: str
    measures: Mapping[str, BeforeAndAfter]


@dataclass(frozen=True)
class Satisfaction:
    """How well a result meets what was drawn, and how far it went for that.

    Attributes:
        strokes: one for each, oldest first.
        latent_distance: root mean square over dimensions of z - z0.
        picture_distance: mean absolute difference of the pictures, black to white being 1.
    """

    strokes: tuple[StrokeSatisfaction, ...]
    latent_distance: float
    picture_distance: float

    def mean(self, measure: str) -> BeforeAndAfter | None:
        """The mean over the strokes that have this measure; None where none has."""
        found = [one.measures[measure] for one in self.strokes if measure in one.measures]
        if not found:
            return None
        return BeforeAndAfter(
            before=sum(one.before for one in found) / len(found),
            after=sum(one.after for one in found) / len(found),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "strokes": [
                {
                    "stroke": one.stroke,
                    "brush": one.brush,
                    **{name: vars(values) for name, values in one.measures.items()},
                }
                for one in self.strokes
            ],
            "latent_distance": self.latent_distance,
            "picture_distance": self.picture_distance,
        }


def measure_satisfaction(
    constraints: Sequence[Constraint],
    frame: PhotoFrame,
    drawn_on: Sequence[Tensor | None],
    path: Tensor,
    latents: tuple[Tensor, Tensor],
) -> Satisfaction:
    """Measure a result stroke by stroke.

    Args:
        constraints: oldest first.
        drawn_on: the picture (C, S, S) in [-1, 1] that each was drawn on, None for those that
            refer to none.
        path: pictures (T, C, S, S) on the way from the start to the result, along which dragged
            points are followed.
        latents: z0 and z, (latent_dim,) each.
    """
    strokes = []
    for place, constraint in enumerate(constraints):
        in_force = [constraint, *_later_erasers(constraints, place)]
        pictures = [drawn_on[place]] * len(in_force)
        grid = rasterise(in_force, frame, path.shape[1], pictures)
        measures = {} if isinstance(constraint, EraseStroke) else _measures(grid, path, frame)
        strokes.append(StrokeSatisfaction(place + 1, constraint.brush, measures))
    start, result = latents
    return Satisfaction(
        strokes=tuple(strokes),
        latent_distance=float(latent_distance(result[None], start)[0]),
        picture_distance=float(picture_distance(path[-1:], path[0])[0]),
    )


def colour_error_lab(images: Tensor, marked: ColourMap) -> Tensor:
    """Mean CIELAB distance from the marked colours, weighted by coverage: (N, C, S, S) -> (N,)."""
    shown = images[:, :, *marked.box]
    errors = delta_e76(lab_of_images(shown), lab_of_images(marked.box_colour))
    return (errors * marked.coverage[marked.box]).flatten(1).sum(1) / marked.coverage.sum()


def hog_agreement(images: Tensor, marked: HogMap) -> Tensor:
    """How far marked cells show the edges asked for, 0 (none of them) to 1: (N, C, S, S) -> (N,).

    The cosine of the two histograms, less where the picture is nearly flat; mean over cells
    weighted by coverage and by how much of an edge is asked for, so that flat ones ask nothing.
    """
    asked = torch.linalg.vector_norm(marked.target, dim=0)
    agreement = (hog(images, marked.mask) * marked.target).sum(1)
    return (agreement * marked.coverage).flatten(1).sum(1) / (asked * marked.coverage).sum()


def asks_for_edges(marked: HogMap) -> bool:
    """Whether any cell asks for more than flatness."""
    return float(torch.linalg.vector_norm(marked.target, dim=0).max()) > FLAT_TARGET


def handle_distance_px(places: Tensor, targets: Tensor) -> Tensor:
    """Distance of tracked handles (N, H, 2) to their targets (H, 2), in their pixels: (N, H)."""
    return torch.linalg.vector_norm(places - targets, dim=2)


def follow(path: Tensor, handles: HandleDrags) -> HandleTracks:
    """Where the handles of point drags are at the end of a path of pictures (T, C, S, S)."""
    tracks = begin_tracking(path[:1], handles)
    for picture in path[1:]:
        tracks = track(picture[None], handles, tracks)
    return tracks


def latent_distance(z: Tensor, start: Tensor) -> Tensor:
    """Root mean square over dimensions of z - z0: (N, latent_dim) and (latent_dim,) -> (N,)."""
    return (z - start).square().mean(1).sqrt()


def picture_distance(images: Tensor, start: Tensor) -> Tensor:
    """Mean |difference| as a share of the range, (N, C, S, S) and (C, S, S) -> (N,)."""
    return (images - start).abs().flatten(1).mean(1) / 2


def _measures(grid: GridConstraints, path: Tensor, frame: PhotoFrame) -> dict[str, BeforeAndAfter]:
    ends = path[[0, -1]]
    found: dict[str, Tensor] = {}
    if grid.colour is not None:
        found[COLOUR_ERROR] = colour_error_lab(ends, grid.colour)
    if grid.sketch is not None and asks_for_edges(grid.sketch):
        found[AGREEMENT] = hog_agreement(ends, grid.sketch)
    if grid.warp is not None:
        found[COLOUR_ERROR] = colour_error_lab(ends, grid.warp.colour)
        if asks_for_edges(grid.warp.sketch):
            found[AGREEMENT] = hog_agreement(ends, grid.warp.sketch)
    if grid.keep is not None:
        found[KEPT_CHANGE] = colour_error_lab(ends, grid.keep)
    if grid.handles is not None:
        places = [follow(part, grid.handles).places for part in (path[:1], path)]
        moved = torch.cat(places)
        targets = grid.handles.targets
        scale = moved.new_tensor(frame.scale_xy)
        found[HANDLE_GRID] = handle_distance_px(moved, targets).mean(1)
        found[HANDLE_PHOTO] = handle_distance_px(moved * scale, targets * scale).mean(1)
    return {
        name: BeforeAndAfter(before=float(values[0]), after=float(values[1]))
        for name, values in found.items()
    }


def _later_erasers(constraints: Sequence[Constraint], place: int) -> list[EraseStroke]:
    """What came after a stroke and painted over it or erased it, as erasers."""
    stroke = constraints[place]
    if not isinstance(stroke, ColourStroke | SketchStroke | KeepStroke):
        return []
    erasers = []
    for later in constraints[place + 1 :]:
        over = isinstance(later, EraseStroke) and later.of == stroke.brush
        if over or isinstance(later, type(stroke)):
            assert isinstance(later, ColourStroke | SketchStroke | KeepStroke | EraseStroke)
            erasers.append(EraseStroke(stroke.brush, later.points, later.width_px))  # type: ignore[arg-type]
    return erasers
