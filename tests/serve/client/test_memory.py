from typing import Any

from serve.app.protocol import Frame, FrameKind
from serve.app.protocol.messages import (
    Average,
    Carry,
    ChangeView,
    ClientMessage,
    Draw,
    Finish,
    Fix,
    Hand,
    Open,
    Redraw,
    ShowCandidates,
)
from serve.client.memory import Memory
from serve.errors import BadInputError, BusyError
from serve.latent import ColourStroke, Edit

STROKE = ColourStroke(((1.0, 2.0),), (3.0, 4.0, 5.0), 6.0)
LONGER = ColourStroke(((1.0, 2.0), (9.0, 9.0)), (3.0, 4.0, 5.0), 6.0)


def opened_memory() -> Memory:
    memory = Memory.of(Open(bundle="shoes", start="random"), 0)
    memory.takes({"kind": "opened", "generation": 1, "edit": Edit(seed=3).to_json()})
    return memory


def state(generation: int, *constraints: ColourStroke) -> dict[str, Any]:
    edit = Edit(seed=3, constraints=constraints)
    return {"kind": "state", "generation": generation, "edit": edit.to_json()}


def frame(generation: int, kind: FrameKind = FrameKind.PHOTO) -> Frame:
    return Frame(kind, generation, 0, 1, 1, b"")


def kinds(messages: list[ClientMessage]) -> list[str]:
    return [message.kind for message in messages]


def again(memory: Memory) -> tuple[Open, list[ClientMessage]]:
    """What a server is told with the next connection, before and after it has opened the edit."""
    opening = memory.opens_again()
    assert opening is not None
    assert not memory.is_open
    edit = (memory.edit or Edit()).to_json()
    memory.takes({"kind": "opened", "generation": opening.generation - 1, "edit": edit})
    assert not memory.is_open  # that was the one before
    memory.takes({"kind": "opened", "generation": opening.generation, "edit": edit})
    assert memory.is_open
    return opening, memory.resumes()


def test_what_changes_something_is_numbered() -> None:
    memory = opened_memory()
    drawn = memory.records(Draw(constraint=STROKE))
    held = memory.records(Hand(down=True))
    fixed = memory.records(Fix())
    assert [drawn.generation, held.generation, fixed.generation] == [2, 2, 3]


def test_what_was_not_acknowledged_is_said_again_after_the_edit() -> None:
    memory = opened_memory()
    memory.records(Draw(constraint=STROKE))
    memory.takes(state(2, STROKE))
    memory.records(Draw(constraint=STROKE))
    memory.records(Redraw(constraint=STROKE))
    memory.records(Redraw(constraint=LONGER))
    opening, resumed = again(memory)
    assert opening.edit == Edit(seed=3, constraints=(STROKE,))
    assert kinds(resumed) == ["draw", "redraw"]
    redrawn = resumed[-1]
    assert isinstance(redrawn, Redraw)
    assert redrawn.constraint == LONGER
    generations = [message.generation for message in (opening, *resumed)]
    assert generations == sorted(set(generations))
    assert generations[0] > 5


def test_what_holds_until_changed_is_said_again_once() -> None:
    memory = opened_memory()
    memory.records(ChangeView(what="model"))
    memory.records(ShowCandidates(on=True))
    memory.records(Carry(amount=0.5))
    memory.records(Carry(amount=0.7))
    _, resumed = again(memory)
    assert sorted(kinds(resumed)) == ["candidates", "carry", "view"]
    (carry,) = (message for message in resumed if isinstance(message, Carry))
    assert carry.amount == 0.7


def test_a_result_that_did_not_arrive_is_asked_for_again() -> None:
    memory = opened_memory()
    memory.records(Finish())
    assert kinds(again(memory)[1]) == ["finish"]
    memory.takes_frame(frame(1, FrameKind.FINISHED))
    assert kinds(again(memory)[1]) == []
    memory.records(Finish())
    assert (FrameKind.FINISHED, 0) not in memory.frames
    memory.records(Draw(constraint=STROKE))  # by which the result would be an old one
    assert kinds(again(memory)[1]) == ["draw"]


def test_what_was_refused_is_told_and_not_said_again() -> None:
    memory = opened_memory()
    memory.records(Draw(constraint=STROKE))
    memory.records(Fix())
    memory.takes({"kind": "error", "sentence": "no more.", "about": "draw"})
    memory.takes({"kind": "busy", "sentence": "full.", "retry_after_s": 3})
    refused, busy = memory.refusals
    assert isinstance(refused, BadInputError)
    assert str(refused) == "no more."
    assert isinstance(busy, BusyError)
    assert busy.retry_after_s == 3
    assert kinds(again(memory)[1]) == ["fix"]


def test_it_rests_when_everything_was_carried_out_and_nothing_moves() -> None:
    memory = opened_memory()
    assert not memory.is_resting
    memory.takes({"kind": "numbers", "moving": False, "generation": 1})
    assert memory.is_resting
    memory.records(Draw(constraint=STROKE))
    assert not memory.is_resting
    memory.takes({"kind": "numbers", "moving": False, "generation": 1})
    memory.takes(state(2, STROKE))
    assert not memory.is_resting
    memory.takes({"kind": "numbers", "moving": True, "generation": 2})
    assert not memory.is_resting
    memory.takes({"kind": "numbers", "moving": False, "generation": 2})
    assert memory.is_resting
    memory.records(Carry(amount=0.5))  # moves nothing
    assert memory.is_resting


def test_generations_rise_from_edit_to_edit() -> None:
    memory = opened_memory()
    memory.records(Average())
    following = Memory.of(Open(bundle="shoes", start="empty"), memory.generation)
    opening, resumed = again(following)
    assert opening.generation > memory.generation
    assert resumed == []


def test_nothing_is_said_to_a_new_server_while_nothing_is_open() -> None:
    assert Memory().opens_again() is None


def test_a_picture_is_the_newest_by_its_number_or_when_nothing_else_comes() -> None:
    memory = opened_memory()
    memory.takes({"kind": "numbers", "moving": False, "generation": 1})
    assert memory.is_newest(frame(1), 1)
    memory.records(Draw(constraint=STROKE))
    assert not memory.is_newest(frame(1), 2)
    memory.takes(state(2, STROKE))
    memory.takes({"kind": "numbers", "moving": True, "generation": 2})
    assert not memory.is_newest(frame(1), 2)
    assert memory.is_newest(frame(2), 2)
    memory.takes({"kind": "numbers", "moving": False, "generation": 2})
    assert memory.is_newest(frame(1), 2)
    assert not memory.is_newest(frame(1, FrameKind.FINISHED), 2)
