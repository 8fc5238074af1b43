import json
from typing import Any

import pytest

from serve.app.protocol import KINDS, MessageError, read_frame, read_message
from serve.app.protocol.messages import (
    Average,
    Carry,
    ChangeSettings,
    ChangeView,
    ClientMessage,
    Draw,
    Finish,
    Hand,
    Open,
    Path,
    PickCandidate,
    Remove,
    Shadow,
    Slide,
)
from serve.errors import EditError
from serve.latent import ColourStroke, DirectionAmount

STROKE = {"brush": "colour", "points": [[1, 2]], "colour": [1, 2, 3], "width_px": 4}


def read(**document: Any) -> ClientMessage:
    return read_message(json.dumps(document), 10_000)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"kind": "open", "bundle": "b", "photo": "ab"}, Open(bundle="b", photo="ab")),
        (
            {"kind": "open", "bundle": "b", "start": "random", "seed": 3, "frame": [0, 0, 4, 4]},
            Open(bundle="b", start="random", seed=3, frame=(0, 0, 4, 4)),
        ),
        (
            {"kind": "draw", "constraint": STROKE, "generation": 5},
            Draw(generation=5, constraint=ColourStroke(((1.0, 2.0),), (1, 2, 3), 4)),
        ),
        ({"kind": "remove", "index": 2}, Remove(index=2)),
        ({"kind": "pick", "rank": 9}, PickCandidate(rank=9)),
        ({"kind": "average"}, Average(on=True)),
        ({"kind": "shadow", "on": True, "cursor": [3, 4]}, Shadow(on=True, cursor=(3, 4))),
        (
            {"kind": "slide", "directions": [{"direction": 2, "amount": -1}]},
            Slide(directions=(DirectionAmount(2, -1),)),
        ),
        (
            {"kind": "settings", "settings": {"frames": 3, "path": None}},
            ChangeSettings(settings={"frames": 3}),
        ),
        ({"kind": "hand", "down": True}, Hand(down=True)),
        ({"kind": "path", "position": None}, Path(position=None)),
        ({"kind": "path", "position": 0}, Path(position=0)),
        ({"kind": "carry", "change": "shape", "amount": 2}, Carry(change="shape", amount=2)),
        ({"kind": "finish"}, Finish(view_px=4096)),
        ({"kind": "view", "what": "model", "view_px": 300}, ChangeView(what="model", view_px=300)),
    ],
)
def test_messages_are_read(document: dict[str, Any], message: ClientMessage) -> None:
    assert read(**document) == message


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"kind": "fly"}, "unknown"),
        ({"kind": "undo", "generation": -1}, "'generation' must lie between 0"),
        ({"kind": "undo", "generation": 2**32}, "'generation'"),
        ({"kind": "undo", "more": 1}, "unknown key 'more'"),
        ({"kind": "draw"}, "'constraint' is missing"),
        ({"kind": "draw", "constraint": {**STROKE, "width_px": -1}}, "stroke 1"),
        ({"kind": "remove", "index": 1.5}, "whole number"),
        ({"kind": "pick", "rank": 0}, "'rank' must lie between 1"),
        ({"kind": "hand", "down": 1}, "'down' must be true or false"),
        ({"kind": "path", "position": 1.5}, "between 0 and 1"),
        ({"kind": "carry", "amount": 2.5}, "between 0 and 2"),
        ({"kind": "carry", "change": "all"}, "both, shape, colour"),
        ({"kind": "settings", "settings": {"frames": 0}}, "'frames'"),
        ({"kind": "settings", "settings": 3}, "JSON object"),
        ({"kind": "open"}, "'bundle' is missing"),
        ({"kind": "open", "bundle": "b", "edit": {"version": 9}}, "'version'"),
        ({"kind": "open", "bundle": "b", "frame": "left"}, "centre, whole, found"),
        ({"kind": "open", "bundle": "b", "view_px": 0}, "'view_px'"),
        ({"kind": "finish", "view_px": 5000}, "'view_px'"),
    ],
)
def test_what_is_wrong_is_said(document: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MessageError, match=sentence) as error:
        read(**document)
    assert error.value.about == document["kind"]
    assert str(error.value).endswith(".")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"kind": 3}', "[" * 9000, '{"kind": NaN}'])
def test_what_is_no_message(text: str) -> None:
    with pytest.raises(MessageError) as error:
        read_message(text, 10_000)
    assert error.value.about is None


def test_a_message_that_is_too_long() -> None:
    with pytest.raises(MessageError, match="longer than 20 bytes"):
        read_message('{"kind": "undo"}' + " " * 20, 20)


def test_every_kind_has_a_reader() -> None:
    assert len(set(KINDS)) == len(ClientMessage.__args__)


@pytest.mark.parametrize("wrong", [None, 3, "x", [1, 2, 3], [1, 2, 3, "4"], [1, 2, 3, True]])
def test_what_is_no_frame_of_a_photo(wrong: object) -> None:
    with pytest.raises(EditError, match="'frame' must be"):
        read_frame(wrong)
