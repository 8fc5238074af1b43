"""The brushes that are drawn: colour, sketch, keep, and the eraser of each."""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self, get_args

from serve.errors import EditError
from serve.latent.constraints.values import (
    COLOUR_SCHEMA,
    STRENGTH_SCHEMA,
    WIDTH_SCHEMA,
    Colour,
    Point,
    brush_schema,
    check_colour,
    check_length,
    check_points,
    check_strength,
    points_schema,
    points_to_json,
    read_points,
    read_strength,
)
from serve.latent.fields import Fields

Erasable = Literal["colour", "sketch", "keep"]


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
        check_points(self.points)
        check_colour(self.colour)
        check_length(self.width_px)
        check_strength(self.strength)

    @classmethod
    def from_fields(cls, fields: Fields) -> "ColourStroke":
        points = read_points(fields, "points")
        red, green, blue = fields.numbers("colour", 3)
        return cls(points, (red, green, blue), fields.number("width_px"), read_strength(fields))

    def to_json(self) -> dict[str, Any]:
        return {
            "brush": self.brush,
            "points": points_to_json(self.points),
            "colour": list(self.colour),
            "width_px": self.width_px,
            "strength": self.strength,
        }

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        properties = {
            "points": points_schema(),
            "colour": COLOUR_SCHEMA,
            "width_px": WIDTH_SCHEMA,
            "strength": STRENGTH_SCHEMA,
        }
        about = "These pixels shall have this colour."
        return brush_schema(cls.brush, about, properties, optional=["strength"])


@dataclass(frozen=True)
class _PenStroke:
    """What a stroke that is no more than drawn is made of."""

    brush: ClassVar[str]
    about: ClassVar[str]

    points: tuple[Point, ...]
    width_px: float
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_points(self.points)
        check_length(self.width_px)
        check_strength(self.strength)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        points = read_points(fields, "points")
        return cls(points, fields.number("width_px"), read_strength(fields))

    def to_json(self) -> dict[str, Any]:
        return {
            "brush": self.brush,
            "points": points_to_json(self.points),
            "width_px": self.width_px,
            "strength": self.strength,
        }

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        properties = {
            "points": points_schema(),
            "width_px": WIDTH_SCHEMA,
            "strength": STRENGTH_SCHEMA,
        }
        return brush_schema(cls.brush, cls.about, properties, optional=["strength"])


@dataclass(frozen=True)
class SketchStroke(_PenStroke):
    """The sketching brush: an edge shall run here (Zhu et al. 2016, section 5.1).

    Which side of the edge is lighter is left open. For one-channel models the stroke is a dark line
    on white.

    Attributes:
        points: the polyline (x, y), at least one point; it may leave the photo.
        width_px: diameter of the round pen, above zero.
        strength: how much the stroke counts, above 0 to 1.

    Raises:
        EditError: a value is out of its range.
    """

    brush = "sketch"
    about = "An edge shall run along these points."


@dataclass(frozen=True)
class KeepStroke(_PenStroke):
    """These pixels shall stay as they are in the picture that the stroke is drawn on.

    Attributes:
        points: the polyline (x, y), at least one point; it may leave the photo.
        width_px: diameter of the round brush, above zero.
        strength: how much the stroke counts, above 0 to 1.

    Raises:
        EditError: a value is out of its range.
    """

    brush = "keep"
    about = "These pixels shall stay as they are."


@dataclass(frozen=True)
class EraseStroke:
    """Takes away what earlier strokes of one brush marked here; it asks for nothing itself.

    Attributes:
        of: the brush, "colour", "sketch" or "keep".
        points: the polyline (x, y), at least one point; it may leave the photo.
        width_px: diameter of the round eraser, above zero.

    Raises:
        EditError: a value is out of its range.
    """

    brush: ClassVar[str] = "erase"

    of: Erasable
    points: tuple[Point, ...]
    width_px: float

    def __post_init__(self) -> None:
        if self.of not in get_args(Erasable):
            raise EditError(f"'of' must be {', '.join(get_args(Erasable))}, not {self.of!r}.")
        check_points(self.points)
        check_length(self.width_px)

    @classmethod
    def from_fields(cls, fields: Fields) -> "EraseStroke":
        of: Any = fields.text("of")  # __post_init__ refuses others
        return cls(of, read_points(fields, "points"), fields.number("width_px"))

    def to_json(self) -> dict[str, Any]:
        return {
            "brush": self.brush,
            "of": self.of,
            "points": points_to_json(self.points),
            "width_px": self.width_px,
        }

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        properties = {
            "of": {"enum": list(get_args(Erasable))},
            "points": points_schema(),
            "width_px": WIDTH_SCHEMA,
        }
        about = "Takes away what earlier strokes of one brush marked here."
        return brush_schema(cls.brush, about, properties)
