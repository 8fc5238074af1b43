import json
import math
from typing import Any

import pytest

from serve.errors import EditError
from serve.latent.constraints import ColourStroke, constraints_from_json

STROKE = {"brush": "colour", "points": [[1, 2], [3.5, 4]], "colour": [10, 20, 30], "width_px": 5}


def test_a_stroke_survives_json() -> None:
    stroke = ColourStroke(((1.5, -2.0), (3.0, 4.0)), (255.0, 0.0, 12.5), 7.25, 0.5)
    document = json.loads(json.dumps(stroke.to_json()))
    assert constraints_from_json([document]) == (stroke,)


def test_strength_may_be_left_out() -> None:
    (stroke,) = constraints_from_json([STROKE])
    assert stroke == ColourStroke(((1, 2), (3.5, 4)), (10, 20, 30), 5, 1.0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"brush": "glitter"}, "unknown brush 'glitter'; the known ones are colour"),
        ({"brush": None}, "'brush' must be text"),
        ({"points": []}, "'points' is empty"),
        ({"points": [[1]]}, r"pairs \[x, y\], not \[1\]"),
        ({"points": "abc"}, "'points' must be a list"),
        ({"points": [[math.nan, 1]]}, "nan, 1.* finite"),
        ({"points": [[1, math.inf]]}, "1, inf.* finite"),
        ({"points": [["a", 1]]}, "not a pair of finite numbers"),
        ({"points": [[1e200, 1]]}, "further than 1,000,000 pixels"),
        ({"points": [[10**400, 1]]}, "not a pair of finite numbers"),
        ({"colour": [1, 2]}, "'colour' must be 3 finite numbers"),
        ({"colour": [1, 2, 256]}, "0 to 255"),
        ({"colour": [-1, 2, 25]}, "0 to 255"),
        ({"colour": "red"}, "'colour' must be 3 finite numbers, not 'red'"),
        ({"width_px": 0}, "'width_px' must be above zero, not 0"),
        ({"width_px": -3}, "'width_px' must be above zero"),
        ({"width_px": math.nan}, "'width_px' must be a finite number"),
        ({"width_px": True}, "'width_px' must be a finite number"),
        ({"strength": 0}, "'strength' must be above 0"),
        ({"strength": 1.01}, "at most 1"),
        ({"colr": 1}, "unknown key 'colr'; the known ones are brush, points, colour, width_px"),
    ],
)
def test_a_wrong_stroke_is_named(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EditError, match=rf"^stroke 3: (?!stroke).*{sentence}"):
        constraints_from_json([STROKE, STROKE, STROKE | change])


@pytest.mark.parametrize("key", ["brush", "points", "colour", "width_px"])
def test_a_missing_key_is_named(key: str) -> None:
    incomplete = {name: value for name, value in STROKE.items() if name != key}
    with pytest.raises(EditError, match=f"^stroke 1: the key '{key}' is missing"):
        constraints_from_json([incomplete])


def test_something_else_than_an_object_is_refused() -> None:
    with pytest.raises(EditError, match=r"^stroke 2 must be a JSON object, not 7"):
        constraints_from_json([STROKE, 7])


def test_the_value_itself_checks_what_it_is_given() -> None:
    with pytest.raises(EditError, match="'width_px'"):
        ColourStroke(((0, 0),), (0, 0, 0), 0)
