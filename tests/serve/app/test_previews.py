import threading
from collections.abc import Iterator
from functools import partial

import pytest

from serve.app.previews import PreviewLane


@pytest.fixture
def lane() -> Iterator[PreviewLane]:
    lane = PreviewLane(1)
    lane.start()
    yield lane
    lane.close(5)


def busy(lane: PreviewLane) -> threading.Event:
    """Keep the lane drawing until the event is set."""
    begun, go = threading.Event(), threading.Event()

    def draw() -> None:
        begun.set()
        go.wait(5)

    lane.ask("busy", draw)
    assert begun.wait(5)
    return go


def test_only_the_newest_is_drawn_and_everybody_in_turn(lane: PreviewLane) -> None:
    drawn: list[str] = []
    last = threading.Event()
    go = busy(lane)
    for number in range(100):
        lane.ask("a", partial(drawn.append, f"a{number}"))
    lane.ask("b", lambda: drawn.append("b"))
    lane.ask("c", last.set)
    go.set()
    assert last.wait(5)
    assert drawn == ["a99", "b"]


def test_what_is_forgotten_is_not_drawn(lane: PreviewLane) -> None:
    drawn: list[str] = []
    last = threading.Event()
    go = busy(lane)
    lane.ask("a", lambda: drawn.append("a"))
    lane.forget("a")
    lane.forget("nobody")
    lane.ask("b", last.set)
    go.set()
    assert last.wait(5)
    assert drawn == []


def test_a_picture_that_fails_stops_nobody(
    lane: PreviewLane, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("planted")

    drawn = threading.Event()
    lane.ask("a", fail)
    lane.ask("b", drawn.set)
    assert drawn.wait(5)
    assert "planted" in caplog.text
