import pytest

from serve.app.inbox import Inbox
from serve.app.protocol.messages import Draw, Hand, Path, Redraw, Undo
from serve.errors import LimitError
from serve.latent import ColourStroke


def stroke(x: float) -> ColourStroke:
    return ColourStroke(((x, 1.0),), (1, 2, 3), 4)


def test_the_newest_of_a_moving_hand_alone_is_kept() -> None:
    inbox = Inbox(10)
    for message in (
        Draw(constraint=stroke(1)),
        Redraw(constraint=stroke(2)),
        Redraw(constraint=stroke(3)),
        Hand(down=False),
        Redraw(constraint=stroke(4)),
        Path(position=0.1),
        Path(position=0.2),
    ):
        inbox.put(message)
    assert inbox.take() == [
        Draw(constraint=stroke(1)),
        Redraw(constraint=stroke(3)),
        Hand(down=False),
        Redraw(constraint=stroke(4)),
        Path(position=0.2),
    ]
    assert inbox.take() == []


def test_too_many_are_refused() -> None:
    inbox = Inbox(2)
    inbox.put(Undo())
    inbox.put(Undo())
    with pytest.raises(LimitError, match="2 messages are waiting"):
        inbox.put(Undo())
    assert len(inbox.take()) == 2
