"""Constraints from JSON, each by the name of its brush."""

from collections.abc import Sequence
from typing import Any, get_args

from serve.errors import EditError
from serve.latent.constraints.drags import PatchDrag, PointDrag
from serve.latent.constraints.pictures import ColourPicture, SketchPicture
from serve.latent.constraints.strokes import ColourStroke, EraseStroke, KeepStroke, SketchStroke
from serve.latent.fields import Fields

Constraint = (
    ColourStroke
    | SketchStroke
    | EraseStroke
    | KeepStroke
    | PatchDrag
    | PointDrag
    | ColourPicture
    | SketchPicture
)
BRUSHES: dict[str, type[Constraint]] = {kind.brush: kind for kind in get_args(Constraint)}


def constraints_from_json(documents: Sequence[object]) -> tuple[Constraint, ...]:
    """Read constraints, oldest first.

    Raises:
        EditError: naming the stroke, counted from 1, and what is wrong with it.
    """
    return tuple(
        _constraint_from_json(document, f"stroke {number}")
        for number, document in enumerate(documents, start=1)
    )


def constraint_schema() -> dict[str, Any]:
    """The JSON Schema of one constraint: any brush."""
    return {"oneOf": [kind.json_schema() for kind in BRUSHES.values()]}


def _constraint_from_json(document: object, what: str) -> Constraint:
    fields = Fields(document, what)
    brush = fields.text("brush")
    if brush not in BRUSHES:
        raise EditError(
            f"{what}: unknown brush {brush!r}; the known ones are {', '.join(BRUSHES)}."
        )
    try:
        constraint = BRUSHES[brush].from_fields(fields)
    except EditError as error:
        raise _naming(what, error) from None
    fields.close()
    return constraint


def _naming(what: str, error: EditError) -> EditError:
    sentence = str(error)
    return error if sentence.startswith(f"{what}:") else EditError(f"{what}: {sentence}")
