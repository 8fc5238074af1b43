"""The lanes, tick by tick, with sessions that only count and time that only work takes."""

from collections.abc import Sequence
from typing import Any

import pytest

import serve.app.scheduler as scheduler_module
from serve.app.metrics import Metrics
from serve.app.scheduler import MOST_STEPS_PER_S, SLICE_ROWS, Scheduler

STEP_S = 0.03
ROW_S = 0.01


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def perf_counter(self) -> float:
        return self.now_s


class Editor:
    def __init__(self, fails: bool = False) -> None:
        self.fails = fails


class Session:
    """What the scheduler asks of a session."""

    def __init__(self, steps: int = 0, rows: int = 0, fails: bool = False) -> None:
        self.steps, self.rows = steps, rows
        self.hand_down = False
        self.editor = Editor(fails)
        self.stepped_rows: list[int] = []
        self.shown = 0

    @property
    def moves(self) -> bool:
        return self.steps > 0

    @property
    def wants_candidates(self) -> bool:
        return self.rows > 0

    def carry_out_messages(self) -> None:
        pass

    def stepped(self, step_ms: float) -> None:
        assert step_ms == pytest.approx(1000 * STEP_S)
        self.steps -= 1

    def next_candidates(self, count: int) -> tuple[Editor, int]:
        self.stepped_rows.append(count)
        self.rows -= count
        return Editor(), count

    def show(self) -> None:
        self.shown += 1


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()

    def step(editors: Sequence[Editor], rows: Sequence[int | None]) -> None:
        if any(editor.fails for editor in editors):
            raise RuntimeError("planted")
        if editors and rows[0] is None:
            clock.now_s += STEP_S
        clock.now_s += sum(ROW_S * count for count in rows if count is not None)

    monkeypatch.setattr(scheduler_module, "time", clock)
    monkeypatch.setattr(scheduler_module, "step_editors", step)
    return clock


def run(clock: Clock, sessions: list[Any], scheduler: Scheduler, ticks: int) -> int:
    """Tick as the thread does; the ticks that were left when nothing was to be done."""
    for left in range(ticks, 0, -1):
        pause_s = scheduler.tick(sessions)
        if pause_s is None:
            return left
        clock.now_s += pause_s
    return 0


def scheduler_of() -> Scheduler:
    return Scheduler("tiny", Metrics(), lambda session, sentence: None)


def test_what_rests_needs_no_next_tick(clock: Clock) -> None:
    session = Session()
    assert run(clock, [session], scheduler_of(), 10) == 10
    assert session.shown == 1


def test_all_that_move_are_one_batch(clock: Clock) -> None:
    sessions = [Session(steps=1) for _ in range(5)]
    run(clock, sessions, scheduler_of(), 1)
    assert clock.now_s == pytest.approx(STEP_S)
    assert [one.steps for one in sessions] == [0] * 5


def test_steps_have_a_pace(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler_module, "step_editors", lambda editors, rows: None)
    monkeypatch.setattr(Session, "stepped", lambda self, ms: setattr(self, "steps", self.steps - 1))
    session, scheduler = Session(steps=60), scheduler_of()
    run(clock, [session], scheduler, 120)
    assert clock.now_s == pytest.approx(59 / MOST_STEPS_PER_S)
    session.steps = 1
    scheduler.tick([session])  # type: ignore[list-item]
    assert session.steps == 1, "a tick that a message woke comes too early for a step"


def test_candidates_have_all_the_time_while_everything_rests(clock: Clock) -> None:
    session = Session(rows=20)
    run(clock, [session], scheduler_of(), 10)
    assert session.stepped_rows == [SLICE_ROWS] * 10
    assert clock.now_s == pytest.approx(ROW_S * SLICE_ROWS * 10)


@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.parametrize(("hand_down", "share"), [(True, 0.25), (False, 0.5)])
def test_candidates_keep_to_their_share(
    clock: Clock, moves: bool, hand_down: bool, share: float
) -> None:
    session = Session(steps=100_000 if moves else 0, rows=100_000)
    session.hand_down = hand_down
    run(clock, [session], scheduler_of(), 400)
    taken = ROW_S * sum(session.stepped_rows) / clock.now_s
    one_slice_a_step = SLICE_ROWS * ROW_S / (SLICE_ROWS * ROW_S + STEP_S)
    expected = min(share, one_slice_a_step) if moves else share if hand_down else 1
    assert taken == pytest.approx(expected, rel=0.05)
    assert set(session.stepped_rows) == {SLICE_ROWS}


def test_candidates_of_many_people_take_turns(clock: Clock) -> None:
    sessions = [Session(rows=1000) for _ in range(20)]
    run(clock, sessions, scheduler_of(), 100)
    rows = [sum(one.stepped_rows) for one in sessions]
    assert sum(rows) == 100 * SLICE_ROWS
    assert max(rows) - min(rows) <= SLICE_ROWS


def test_who_fails_goes_alone(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    well, ill = Session(steps=2), Session(steps=2, fails=True)
    failures: list[Any] = []
    scheduler = Scheduler("tiny", Metrics(), lambda one, sentence: failures.append((one, sentence)))
    scheduler.tick([well, ill])  # type: ignore[list-item]
    ((failed, sentence),) = failures
    assert failed is ill
    assert sentence.endswith(".")
    assert (well.steps, well.shown, ill.shown) == (1, 1, 0)
    assert "planted" in caplog.text


def test_a_stroke_begins_without_candidates(clock: Clock) -> None:
    session, scheduler = Session(rows=20), scheduler_of()
    assert run(clock, [session], scheduler, 100) > 0, "all of them rest"
    clock.now_s += 10
    slices = len(session.stepped_rows)
    session.steps, session.rows, session.hand_down = 1000, 1000, True
    run(clock, [session], scheduler, 1)
    assert len(session.stepped_rows) == slices, "they had nothing to do for long"
    run(clock, [session], scheduler, 10)
    assert len(session.stepped_rows) > slices
