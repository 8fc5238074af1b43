"""The values that brushes share: points, widths and strengths, read, checked and described.

Each `check_` raises EditError with a sentence that names the key; each `_SCHEMA` is the part of a
JSON Schema that says the same.
"""

from collections.abc import Sequence
from typing import Any

from serve.errors import EditError
from serve.latent.fields import Fields, is_number

FURTHEST_PX = 1e6
"""Coordinates beyond this are refused: no photo reaches that far."""

MOST_POINTS = 10_000
"""Of one stroke."""

Point = tuple[float, float]
Colour = tuple[float, float, float]

COORDINATE_SCHEMA = {"type": "number", "minimum": -FURTHEST_PX, "maximum": FURTHEST_PX}
POINT_SCHEMA = {"type": "array", "items": COORDINATE_SCHEMA, "minItems": 2, "maxItems": 2}
WIDTH_SCHEMA = {"type": "number", "exclusiveMinimum": 0, "maximum": FURTHEST_PX}
STRENGTH_SCHEMA = {
    "type": ["number", "null"],
    "exclusiveMinimum": 0,
    "maximum": 1,
    "default": 1.0,
}
COLOUR_SCHEMA = {
    "type": "array",
    "items": {"type": "number", "minimum": 0, "maximum": 255},
    "minItems": 3,
    "maxItems": 3,
}


def points_schema(least: int = 1) -> dict[str, Any]:
    return {"type": "array", "items": POINT_SCHEMA, "minItems": least, "maxItems": MOST_POINTS}


def brush_schema(
    brush: str, about: str, properties: dict[str, Any], optional: Sequence[str] = ()
) -> dict[str, Any]:
    """The JSON Schema of one brush: an object with these properties and no others."""
    return {
        "type": "object",
        "title": brush,
        "description": about,
        "properties": {"brush": {"const": brush}, **properties},
        "required": ["brush", *(name for name in properties if name not in optional)],
        "additionalProperties": False,
    }


def read_points(fields: Fields, key: str) -> tuple[Point, ...]:
    return tuple(_pair(point, f"{key!r} must hold pairs [x, y]") for point in fields.listing(key))


def read_pair(fields: Fields, key: str) -> Point:
    return _pair(fields.take(key), f"{key!r} must be a pair [x, y]")


def read_strength(fields: Fields) -> float:
    return fields.number("strength") if fields.has("strength") else 1.0


def points_to_json(points: Sequence[Point]) -> list[list[float]]:
    return [list(point) for point in points]


def check_points(points: Sequence[Point], key: str = "points", least: int = 1) -> None:
    if not points:
        wanted = "one point [x, y]" if least == 1 else f"{least} points [x, y]"
        raise EditError(f"{key!r} is empty; give at least {wanted}.")
    if len(points) < least:
        raise EditError(f"{key!r} has {len(points)} of the {least} points that it needs at least.")
    if len(points) > MOST_POINTS:
        raise EditError(
            f"{key!r} has {len(points):,} points, more than {MOST_POINTS:,}; draw several strokes."
        )
    for point in points:
        check_pair(point, "the point")


def check_pair(pair: Point, what: str) -> None:
    """`what` is how a sentence begins, such as "the point" or "'move'"."""
    x, y = pair
    if not (is_number(x) and is_number(y)):
        raise EditError(f"{what} ({x}, {y}) is not a pair of finite numbers.")
    if max(abs(x), abs(y)) > FURTHEST_PX:
        raise EditError(f"{what} ({x:g}, {y:g}) lies further than {FURTHEST_PX:,.0f} pixels away.")


def check_colour(colour: Colour) -> None:
    if len(colour) != 3 or not all(is_number(level) and 0 <= level <= 255 for level in colour):
        raise EditError(f"'colour' must be three levels from 0 to 255, not {colour}.")


def check_length(length_px: float, key: str = "width_px") -> None:
    if not is_number(length_px) or not 0 < length_px <= FURTHEST_PX:
        raise EditError(
            f"{key!r} must be above zero and at most {FURTHEST_PX:,.0f}, not {length_px}."
        )


def check_strength(strength: float) -> None:
    if not is_number(strength) or not 0 < strength <= 1:
        raise EditError(f"'strength' must be above 0 and at most 1, not {strength}.")


def _pair(value: object, sentence: str) -> Point:
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise EditError(f"{sentence}, not {value!r}.")
    return (value[0], value[1])
