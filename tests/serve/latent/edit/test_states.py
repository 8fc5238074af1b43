import json
from typing import Any

import pytest

from serve.errors import EditError
from serve.latent.constraints import ColourStroke
from serve.latent.edit import edit_from_json
from serve.latent.edit.states import history_from_json, history_to_json
from serve.latent.state import EditState
from tests.serve.latent.edit.edits import whole_edit


def long_session(strokes: int, points: int) -> list[EditState]:
    states = [EditState()]
    for number in range(strokes):
        line = tuple((float(number), float(place)) for place in range(points))
        states.append(states[-1].drawn(ColourStroke(line, (1.0, 2.0, 3.0), 4.0)))
    return states


def test_a_history_survives_json() -> None:
    states = long_session(4, 3)
    document = json.loads(json.dumps(history_to_json(states[:3], states[3:])))
    assert history_from_json(document) == (tuple(states[:3]), tuple(states[3:]))


def test_a_history_grows_with_its_strokes_and_not_with_their_square() -> None:
    twenty, forty = (
        len(json.dumps(history_to_json(long_session(count, 200), []))) for count in (20, 40)
    )
    assert forty < 2.1 * twenty


def test_the_present_is_a_state_like_any_other() -> None:
    edit = whole_edit()
    assert edit.cache is not None
    assert edit.state == EditState(edit.constraints, edit.picks, edit.directions, edit.cache.z)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"picks": [{"after": 1}]}, "pick 1: 'after' must lie between 0 and 0"),
        ({"picks": [{"after": -1}]}, "pick 1: 'after' must lie between 0 and 0"),
        ({"picks": [{"after": 0, "candidate": 0}]}, "pick 1: 'candidate' counts from 1"),
        ({"picks": [{"after": 0}, {"after": 0, "rank": 1}]}, "pick 2: unknown key 'rank'"),
        ({"picks": [{"candidate": 1}]}, "pick 1: the key 'after' is missing"),
        ({"directions": [{"direction": 0, "amount": 1}]}, "slider 1: 'direction' counts from 1"),
        ({"directions": [{"direction": True, "amount": 1}]}, "slider 1: 'direction' must be"),
        ({"directions": [{"direction": 1, "amount": 11}]}, "slider 1: 'amount' must lie between"),
        ({"directions": [{"direction": 1}]}, "slider 1: the key 'amount' is missing"),
        ({"history": {"strokes": [], "past": []}}, "history: the key 'future' is missing"),
        (
            {"history": {"strokes": [], "past": [{"strokes": [0]}], "future": []}},
            "history: past state 1: 'strokes' must be places",
        ),
        (
            {"history": {"strokes": [{"brush": "spray"}], "past": [], "future": []}},
            "history: stroke 1: unknown brush 'spray'",
        ),
        (
            {"history": {"strokes": [], "past": [], "future": [{"strokes": [], "z": []}]}},
            "history: future state 1: unknown key 'z'",
        ),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(EditError, match=sentence):
        edit_from_json({"version": 1, "constraints": []} | change)
