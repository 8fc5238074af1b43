"""What a person paints: declared, frozen, JSON-serialisable values in photo coordinates.

Photo coordinates are float pixels of the upright photo, the origin at its corner and pixel centres
at +0.5 (see `serve.photo.frame`). A constraint names its brush; `Constraint` is the union of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from serve.errors import EditError
from serve.latent.fields import Fields, is_number

FURTHEST_PX = 1e6
"""Coordinates beyond this are refused: no photo reaches that far."""

Point = tuple[float, float]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class ColourStroke:
    """The colouring brush: these pixels shall have this colour (Zhu et al. 2016, section 5.1).

    Attributes:
        points: the polyline (x, y), at least one point; it may leave the photo.
        colour: sRGB, each 0 to 255.
        width_px: diameter of the round brush, above zero.
        strength: how much the stroke counts, above 0 to 1.

    Raises:
        EditError: a value is out of its range.
    """

    brush: ClassVar[str] = "colour"

    points: tuple[Point, ...]
    colour: Colour
    width_px: float
    strength: float = 1.0

    def __post_init__(self) -> None:
        _check_points(self.points)
        if len(self.colour) != 3 or not all(
            is_number(level) and 0 <= level <= 255 for level in self.colour
        ):
            raise EditError(f"'colour' must be three levels from 0 to 255, not {self.colour}.")
        if not is_number(self.width_px) or not 0 < self.width_px <= FURTHEST_PX:
            raise EditError(f"'width_px' must be above zero, not {self.width_px}.")
        if not is_number(self.strength) or not 0 < self.strength <= 1:
            raise EditError(f"'strength' must be above 0 and at most 1, not {self.strength}.")

    @classmethod
    def from_fields(cls, fields: Fields) -> "ColourStroke":
        points = _points(fields)
        red, green, blue = fields.numbers("colour", 3)
        return cls(
            points=points,
            colour=(red, green, blue),
            width_px=fields.number("width_px"),
            strength=fields.number("strength") if fields.has("strength") else 1.0,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "brush": self.brush,
            "points": [list(point) for point in self.points],
            "colour": list(self.colour),
            "width_px": self.width_px,
            "strength": self.strength,
        }


Constraint = ColourStroke
BRUSHES: dict[str, type[Constraint]] = {kind.brush: kind for kind in (ColourStroke,)}


def constraints_from_json(documents: Sequence[object]) -> tuple[Constraint, ...]:
    """Read constraints, oldest first.

    Raises:
        EditError: naming the stroke, counted from 1, and what is wrong with it.
    """
    return tuple(
        _constraint_from_json(document, f"stroke {number}")
        for number, document in enumerate(documents, start=1)
    )


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


def _points(fields: Fields) -> tuple[Point, ...]:
    points = []
    for point in fields.listing("points"):
        if not isinstance(point, list | tuple) or len(point) != 2:
            raise EditError(f"'points' must hold pairs [x, y], not {point!r}.")
        points.append((point[0], point[1]))
    return tuple(points)


def _check_points(points: Sequence[Point]) -> None:
    if not points:
        raise EditError("'points' is empty; give at least one point [x, y].")
    for x, y in points:
        if not (is_number(x) and is_number(y)):
            raise EditError(f"the point ({x}, {y}) is not a pair of finite numbers.")
        if max(abs(x), abs(y)) > FURTHEST_PX:
            raise EditError(
                f"the point ({x:g}, {y:g}) lies further than {FURTHEST_PX:,.0f} pixels away."
            )
