import json
import math
from typing import Any

import pytest

from serve.errors import EditError
from serve.latent.constraints import (
    BRUSHES,
    ColourPicture,
    ColourStroke,
    Constraint,
    EraseStroke,
    KeepStroke,
    PatchDrag,
    PointDrag,
    SketchPicture,
    SketchStroke,
    constraint_schema,
    constraints_from_json,
)

STROKE = {"brush": "colour", "points": [[1, 2], [3.5, 4]], "colour": [10, 20, 30], "width_px": 5}
SKETCH = {"brush": "sketch", "points": [[1, 2], [3.5, 4]], "width_px": 5}
KEEP = {"brush": "keep", "points": [[1, 2]], "width_px": 5}
ERASE = {"brush": "erase", "of": "colour", "points": [[1, 2]], "width_px": 5}
PATCH = {"brush": "patch", "outline": [[1, 2], [3, 4], [5, 2]], "move": [3, -4]}
POINT = {"brush": "point", "handle": [1, 2], "target": [3, 4], "radius_px": 9}


@pytest.mark.parametrize(
    "constraint",
    [
        ColourStroke(((1.5, -2.0), (3.0, 4.0)), (255.0, 0.0, 12.5), 7.25, 0.5),
        SketchStroke(((1.5, -2.0),), 3.0, 0.25),
        KeepStroke(((1.5, -2.0), (0.0, 0.0)), 30.5),
        EraseStroke("sketch", ((1.5, -2.0),), 3.0),
        PatchDrag(((0.0, 0.0), (10.0, 0.0), (10.0, 9.5)), (-3.0, 2.0), 0.75),
        PointDrag((10.0, 20.0), (-5.0, 20.5), 12.0, 0.5),
    ],
)
def test_every_brush_survives_json(constraint: Constraint) -> None:
    document = json.loads(json.dumps(constraint.to_json()))
    assert constraints_from_json([document]) == (constraint,)


def test_every_brush_is_known_by_its_name() -> None:
    assert {
        "colour": ColourStroke,
        "sketch": SketchStroke,
        "erase": EraseStroke,
        "keep": KeepStroke,
        "patch": PatchDrag,
        "point": PointDrag,
        "colour_picture": ColourPicture,
        "sketch_picture": SketchPicture,
    } == BRUSHES


@pytest.mark.parametrize("document", [STROKE, SKETCH, KEEP, PATCH, POINT])
def test_strength_may_be_left_out(document: dict[str, Any]) -> None:
    (constraint,) = constraints_from_json([document])
    assert not isinstance(constraint, EraseStroke)
    assert constraint.strength == 1.0


def test_brushes_of_the_same_values_are_not_equal() -> None:
    assert SketchStroke(((1, 2),), 3) != KeepStroke(((1, 2),), 3)


@pytest.mark.parametrize(
    ("document", "change", "sentence"),
    [
        (STROKE, {"brush": "glitter"}, "unknown brush 'glitter'; the known ones are colour"),
        (STROKE, {"brush": None}, "'brush' must be text"),
        (STROKE, {"points": []}, "'points' is empty"),
        (STROKE, {"points": [[1]]}, r"pairs \[x, y\], not \[1\]"),
        (STROKE, {"points": "abc"}, "'points' must be a list"),
        (STROKE, {"points": [[math.nan, 1]]}, "nan, 1.* finite"),
        (STROKE, {"points": [[1, math.inf]]}, "1, inf.* finite"),
        (STROKE, {"points": [["a", 1]]}, "not a pair of finite numbers"),
        (STROKE, {"points": [[1e200, 1]]}, "further than 1,000,000 pixels"),
        (STROKE, {"points": [[10**400, 1]]}, "not a pair of finite numbers"),
        (STROKE, {"points": [[1, 1]] * 10_001}, "10,001 points, more than 10,000"),
        (STROKE, {"colour": [1, 2]}, "'colour' must be 3 finite numbers"),
        (STROKE, {"colour": [1, 2, 256]}, "0 to 255"),
        (STROKE, {"colour": [-1, 2, 25]}, "0 to 255"),
        (STROKE, {"colour": "red"}, "'colour' must be 3 finite numbers, not 'red'"),
        (STROKE, {"width_px": 0}, "'width_px' must be above zero and at most 1,000,000, not 0"),
        (STROKE, {"width_px": -3}, "'width_px' must be above zero"),
        (STROKE, {"width_px": 2e6}, "'width_px' must be above zero and at most 1,000,000"),
        (STROKE, {"width_px": math.nan}, "'width_px' must be a finite number"),
        (STROKE, {"width_px": True}, "'width_px' must be a finite number"),
        (STROKE, {"strength": 0}, "'strength' must be above 0"),
        (STROKE, {"strength": 1.01}, "at most 1"),
        (STROKE, {"colr": 1}, "unknown key 'colr'; the known ones are brush, points, colour"),
        (SKETCH, {"points": []}, "'points' is empty"),
        (SKETCH, {"width_px": 0}, "'width_px' must be above zero and at most 1,000,000, not 0"),
        (SKETCH, {"strength": -1}, "'strength' must be above 0"),
        (SKETCH, {"colour": [1, 2, 3]}, "unknown key 'colour'"),
        (KEEP, {"points": [[math.nan, 1]]}, "nan, 1.* finite"),
        (KEEP, {"width_px": "wide"}, "'width_px' must be a finite number"),
        (ERASE, {"of": "patch"}, "'of' must be colour, sketch, keep, not 'patch'"),
        (ERASE, {"of": 3}, "'of' must be text"),
        (ERASE, {"strength": 0.5}, "unknown key 'strength'"),
        (PATCH, {"outline": []}, "'outline' is empty; give at least 3 points"),
        (PATCH, {"outline": [[1, 2], [3, 4]]}, "'outline' has 2 of the 3 points"),
        (PATCH, {"outline": [[1, 2], [3, 4], [math.inf, 2]]}, "inf, 2.* finite"),
        (PATCH, {"move": [1]}, r"'move' must be a pair \[x, y\], not \[1\]"),
        (PATCH, {"move": [math.nan, 0]}, "'move' .* finite"),
        (PATCH, {"move": [2e6, 0]}, "further than 1,000,000 pixels"),
        (PATCH, {"strength": 2}, "at most 1"),
        (POINT, {"handle": None}, "'handle' must be a pair"),
        (POINT, {"target": [1, "b"]}, "'target' .* finite"),
        (POINT, {"radius_px": 0}, "'radius_px' must be above zero and at most 1,000,000, not 0"),
    ],
)
def test_a_wrong_stroke_is_named(
    document: dict[str, Any], change: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(EditError, match=rf"^stroke 3: (?!stroke).*{sentence}"):
        constraints_from_json([STROKE, SKETCH, document | change])


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (document, key)
        for document in (STROKE, SKETCH, KEEP, ERASE, PATCH, POINT)
        for key in document
    ],
)
def test_a_missing_key_is_named(document: dict[str, Any], key: str) -> None:
    incomplete = {name: value for name, value in document.items() if name != key}
    with pytest.raises(EditError, match=f"^stroke 1: the key '{key}' is missing"):
        constraints_from_json([incomplete])


def test_something_else_than_an_object_is_refused() -> None:
    with pytest.raises(EditError, match=r"^stroke 2 must be a JSON object, not 7"):
        constraints_from_json([STROKE, 7])


def test_the_values_themselves_check_what_they_are_given() -> None:
    with pytest.raises(EditError, match="'width_px'"):
        ColourStroke(((0, 0),), (0, 0, 0), 0)
    with pytest.raises(EditError, match="'outline'"):
        PatchDrag(((0, 0), (1, 1)), (2, 2))
    with pytest.raises(EditError, match="'radius_px'"):
        PointDrag((0, 0), (1, 1), math.inf)


@pytest.mark.parametrize("document", [STROKE, SKETCH, KEEP, ERASE, PATCH, POINT])
def test_the_schema_names_the_keys_that_the_parser_knows(document: dict[str, Any]) -> None:
    schema = BRUSHES[document["brush"]].json_schema()
    assert schema["properties"]["brush"] == {"const": document["brush"]}
    assert set(schema["required"]) == set(document)
    optional = set(schema["properties"]) - set(schema["required"])
    assert optional == (set() if document["brush"] == "erase" else {"strength"})
    assert schema["additionalProperties"] is False


def test_the_schema_of_a_constraint_is_that_of_any_brush() -> None:
    kinds = constraint_schema()["oneOf"]
    assert [kind["properties"]["brush"]["const"] for kind in kinds] == list(BRUSHES)
    json.dumps(kinds, allow_nan=False)
