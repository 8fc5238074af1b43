"""The brushes that are dragged: a patch of the picture, or a single point of it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from serve.latent.constraints.values import (
    POINT_SCHEMA,
    STRENGTH_SCHEMA,
    WIDTH_SCHEMA,
    Point,
    brush_schema,
    check_length,
    check_pair,
    check_points,
    check_strength,
    points_schema,
    points_to_json,
    read_pair,
    read_points,
    read_strength,
)
from serve.latent.fields import Fields


@dataclass(frozen=True)
class PatchDrag:
    """The warping brush: this patch shall be seen over there (Zhu et al. 2016, section 5.1).

    Attributes:
        outline: the corners (x, y) of the patch, at least three; it may leave the photo and cross
            itself (inside is where it winds an odd number of times).
        move: (right, down) in photo pixels.
        strength: how much the drag counts, above 0 to 1.

    Raises:
        EditError: a value is out of its range.
    """

    brush: ClassVar[str] = "patch"

    outline: tuple[Point, ...]
    move: Point
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_points(self.outline, "outline", least=3)
        check_pair(self.move, "'move'")
        check_strength(self.strength)

    @classmethod
    def from_fields(cls, fields: Fields) -> "PatchDrag":
        outline = read_points(fields, "outline")
        return cls(outline, read_pair(fields, "move"), read_strength(fields))

    def to_json(self) -> dict[str, Any]:
        return {
            "brush": self.brush,
            "outline": points_to_json(self.outline),
            "move": list(self.move),
            "strength": self.strength,
        }

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        properties = {
            "outline": points_schema(least=3),
            "move": POINT_SCHEMA,
            "strength": STRENGTH_SCHEMA,
        }
        about = "The patch inside the outline shall be seen where it is moved to."
        return brush_schema(cls.brush, about, properties, optional=["strength"])


@dataclass(frozen=True)
class PointDrag:
    """What is seen at the handle shall come to the target (Pan et al. 2023, DragGAN).

    Attributes:
        handle, target: (x, y); they may lie outside of the photo.
        radius_px: of the surroundings by which the handle is known again, above zero.
        strength: how much the drag counts, above 0 to 1.

    Raises:
        EditError: a value is out of its range.
    """

    brush: ClassVar[str] = "point"

    handle: Point
    target: Point
    radius_px: float
    strength: float = 1.0

    def __post_init__(self) -> None:
        check_pair(self.handle, "'handle'")
        check_pair(self.target, "'target'")
        check_length(self.radius_px, "radius_px")
        check_strength(self.strength)

    @classmethod
    def from_fields(cls, fields: Fields) -> "PointDrag":
        handle, target = read_pair(fields, "handle"), read_pair(fields, "target")
        return cls(handle, target, fields.number("radius_px"), read_strength(fields))

    def to_json(self) -> dict[str, Any]:
        return {
            "brush": self.brush,
            "handle": list(self.handle),
            "target": list(self.target),
            "radius_px": self.radius_px,
            "strength": self.strength,
        }

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        properties = {
            "handle": POINT_SCHEMA,
            "target": POINT_SCHEMA,
            "radius_px": WIDTH_SCHEMA,
            "strength": STRENGTH_SCHEMA,
        }
        about = "What is seen at the handle shall come to the target."
        return brush_schema(cls.brush, about, properties, optional=["strength"])
