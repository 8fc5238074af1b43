import json
from typing import get_args

import pytest

from serve.app.protocol import read_message
from serve.app.protocol.messages import (
    Average,
    Carry,
    ChangeSettings,
    ChangeView,
    ClientMessage,
    Draw,
    Finish,
    Fix,
    Hand,
    Open,
    Path,
    PickCandidate,
    Redo,
    Redraw,
    Remove,
    Reslide,
    Restart,
    Shadow,
    ShowCandidates,
    Slide,
    Transform,
    Undo,
)
from serve.app.protocol.writing import message_to_json
from serve.latent import ColourStroke, DirectionAmount, Edit

STROKE = ColourStroke(((1.0, 2.0),), (3.0, 4.0, 5.0), 6.0)
SLIDERS = (DirectionAmount(2, 0.5), DirectionAmount("height", -1.0))

MESSAGES: list[ClientMessage] = [
    Open(generation=1, bundle="shoes", photo="0" * 64, frame=(1.0, 2.0, 3.0, 4.0)),
    Open(bundle="shoes", edit=Edit(constraints=(STROKE,)), start="empty", seed=7, view_px=300),
    Draw(generation=2, constraint=STROKE),
    Redraw(generation=3, constraint=STROKE),
    Remove(index=0),
    Undo(),
    Redo(),
    Fix(),
    Restart(),
    PickCandidate(rank=3),
    Average(on=False),
    Shadow(on=True),
    Shadow(on=True, cursor=(3.0, 4.0)),
    Slide(directions=SLIDERS),
    Reslide(directions=SLIDERS),
    ChangeSettings(settings={"frames": 5}),
    Hand(down=True),
    ShowCandidates(on=True),
    Path(position=0.5),
    Path(position=None),
    Carry(change="shape", amount=1.5),
    Finish(view_px=100),
    Transform(photo="1" * 64),
    ChangeView(what="model", view_px=64),
]


def test_every_message_is_tried() -> None:
    assert {type(message) for message in MESSAGES} == set(get_args(ClientMessage))


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.kind)
def test_what_is_written_is_read_back(message: ClientMessage) -> None:
    text = json.dumps(message_to_json(message))
    assert read_message(text, most_bytes=10_000) == message
