"""Constraints onto the network's grid."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from serve.latent.constraints import (
    Colour,
    ColourPicture,
    ColourStroke,
    Constraint,
    EraseStroke,
    KeepStroke,
    PatchDrag,
    PointDrag,
    SketchPicture,
    SketchStroke,
)
from serve.latent.raster.canvas import Canvas, SketchCanvas, WarpCanvas, as_float32
from serve.latent.raster.coverage import stroke_coverage
from serve.latent.raster.maps import GridConstraints, HandleDrags
from serve.photo.frame import PhotoFrame

LUMA = (0.299, 0.587, 0.114)
"""ITU-R BT.601: what a colour is to a one-channel model."""

Array = npt.NDArray[np.float64]


def rasterise(
    constraints: Sequence[Constraint],
    frame: PhotoFrame,
    channels: int,
    drawn_on: Tensor | Sequence[Tensor | None] | None = None,
) -> GridConstraints:
    """Draw constraints onto the network's grid; what lies outside of it is cut off.

    Args:
        constraints: oldest first.
        channels: of the network's images, 3 or 1.
        drawn_on: the picture (C, S, S) in [-1, 1] that the constraints were drawn on, G(z0), or one
            for each constraint; patch drags and keep strokes need it.

    Raises:
        ValueError: there is no picture for a constraint that needs one.
    """
    pictures = _picture_of_each(drawn_on, len(constraints))
    size = frame.network_size_px
    colour, keep = Canvas(channels, size), Canvas(channels, size)
    sketch, warp = SketchCanvas(channels, size), WarpCanvas(channels, size)
    erasable: dict[str, Canvas | SketchCanvas] = {"colour": colour, "sketch": sketch, "keep": keep}
    points = []
    for constraint, picture in zip(constraints, pictures, strict=True):
        match constraint:
            case ColourStroke():
                paint = network_colour(constraint.colour, channels)
                colour.paint(stroke_coverage(constraint, frame), paint, constraint.strength)
            case ColourPicture():
                paint = constraint.colours(frame, channels)
                colour.paint(constraint.marks(frame), paint, constraint.strength)
            case SketchStroke():
                sketch.stroke(constraint, frame)
            case SketchPicture():
                sketch.draw(constraint.marks(frame), constraint.strength)
            case KeepStroke():
                shown = _needed(picture, constraint).double().cpu().numpy()
                keep.paint(stroke_coverage(constraint, frame), shown, constraint.strength)
            case EraseStroke():
                erasable[constraint.of].erase(stroke_coverage(constraint, frame))
            case PatchDrag():
                warp.drag(constraint, frame, _needed(picture, constraint))
            case PointDrag():
                points.append(constraint)
    return GridConstraints(
        colour=colour.drawn(),
        sketch=sketch.drawn(),
        warp=warp.drawn(),
        keep=keep.drawn(),
        handles=_handle_drags(points, frame) if points else None,
    )


def network_colour(colour: Colour, channels: int) -> Array:
    """sRGB levels 0 to 255 as the network sees them: (channels, 1, 1) in [-1, 1]."""
    levels = np.asarray(colour, dtype=np.float64) / 127.5 - 1
    if channels == 1:
        levels = np.asarray([levels @ LUMA])
    return levels[:, None, None]


def _handle_drags(drags: Sequence[PointDrag], frame: PhotoFrame) -> HandleDrags:
    finest_px = min(frame.scale_xy)
    return HandleDrags(
        sources=as_float32(frame.photo_to_grid([drag.handle for drag in drags])),
        targets=as_float32(frame.photo_to_grid([drag.target for drag in drags])),
        radii_px=as_float32(np.array([drag.radius_px / finest_px for drag in drags])),
        strengths=as_float32(np.array([drag.strength for drag in drags])),
    )


def _picture_of_each(
    drawn_on: Tensor | Sequence[Tensor | None] | None, count: int
) -> Sequence[Tensor | None]:
    if drawn_on is None or isinstance(drawn_on, Tensor):
        return [drawn_on] * count
    if len(drawn_on) != count:
        raise ValueError(f"{len(drawn_on)} pictures for {count} constraints")
    return drawn_on


def _needed(picture: Tensor | None, constraint: Constraint) -> Tensor:
    if picture is None:
        raise ValueError(f"a {constraint.brush} constraint needs the picture it was drawn on")
    return picture.detach()
