"""What a person paints: declared, frozen, JSON-serialisable values in photo coordinates.

Photo coordinates are float pixels of the upright photo, the origin at its corner and pixel centres
at +0.5 (see `serve.photo.frame`). A constraint names its brush; `Constraint` is the union of them.
"""

from serve.latent.constraints.drags import PatchDrag, PointDrag
from serve.latent.constraints.pictures import ColourPicture, SketchPicture
from serve.latent.constraints.reading import (
    BRUSHES,
    Constraint,
    constraint_schema,
    constraints_from_json,
)
from serve.latent.constraints.strokes import ColourStroke, EraseStroke, KeepStroke, SketchStroke
from serve.latent.constraints.values import Colour, Point

__all__ = [
    "BRUSHES",
    "Colour",
    "ColourPicture",
    "ColourStroke",
    "Constraint",
    "EraseStroke",
    "KeepStroke",
    "PatchDrag",
    "Point",
    "PointDrag",
    "SketchPicture",
    "SketchStroke",
    "constraint_schema",
    "constraints_from_json",
]
