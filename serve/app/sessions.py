"""One person's open edit: what they ask for, and what they are told.

All but `receive` and `close` is called by the thread of the model's scheduler alone.
"""

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from torch import Tensor

from serve.app.candidate_strip import CandidateStrip
from serve.app.inbox import Inbox
from serve.app.limits import Limits
from serve.app.opening import OpenEdit
from serve.app.outbox import Sender
from serve.app.protocol import FrameKind, answers
from serve.app.protocol.messages import (
    CHANGES_EDIT,
    Average,
    Carry,
    ChangeSettings,
    ChangeView,
    ClientMessage,
    Draw,
    Finish,
    Fix,
    Hand,
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
from serve.app.showing import Showing
from serve.app.side_work import SideWork
from serve.errors import BadInputError, BusyError, EditError, LimitError
from serve.latent import Edit, EditSession, EditSettings, LatentEditor, SessionSettings
from serve.latent.stroke_sentences import stroke_sentences

STATE_INTERVAL_S = 0.5
NUMBERS_INTERVAL_S = 1.0
CANDIDATES_INTERVAL_S = 0.25


class LiveSession:
    """An edit that is open for one person.

    Attributes:
        hand_down: whether they draw at this moment.
    """

    def __init__(
        self,
        opened: OpenEdit,
        session: EditSession,
        showing: Showing,
        side_work: SideWork,
        sender: Sender,
        limits: Limits,
        generation: int,
    ) -> None:
        self._edit = opened.edit
        self._session, self._showing, self._side_work = session, showing, side_work
        self._sender, self._limits = sender, limits
        self._strip = CandidateStrip(showing, sender)
        self._inbox = Inbox(limits.waiting_messages)
        self._wake: Callable[[], None] = lambda: None
        self._generation = generation
        self._candidates_on = False
        self._shadow: Shadow | None = None
        self._step_ms = 0.0
        self._refused_stroke = False
        self._due = _Due()
        self.hand_down = False

    def receive(self, message: ClientMessage) -> None:
        """Have a message carried out soon; from any thread.

        Raises:
            LimitError: too many wait.
        """
        self._inbox.put(message)
        self._wake()

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call this whenever there is something to do; from any thread."""
        self._wake = wake

    def close(self) -> None:
        """Give up all work for it; from any thread."""
        self._side_work.close()
        self._showing.close()

    @property
    def editor(self) -> LatentEditor:
        return self._session.editor

    @property
    def moves(self) -> bool:
        """Whether a step would move the edit."""
        return len(self._session.editor.moving) > 0

    @property
    def wants_candidates(self) -> bool:
        """Whether there are candidates that a step would move."""
        if not self._candidates_on or not self._session.history.present.constraints:
            return False
        return len(self._session.candidates.editor.moving) > 0

    def next_candidates(self, count: int) -> tuple[LatentEditor, Tensor]:
        """The candidates to step next, as `step_editors` takes them."""
        self._due.candidates = True
        return self._session.candidates.editor, self._session.candidates.next_rows(count)

    def stepped(self, step_ms: float) -> None:
        """The edit was moved on, in a step of so many milliseconds."""
        self._step_ms = step_ms
        self._due.picture = self._due.state = self._due.numbers = True

    def carry_out_messages(self) -> None:
        """Do what was asked for, and take what came of side work."""
        for message in self._inbox.take():
            try:
                self._carry_out(message)
            except IndexError:
                self._refuse("there is nothing to do that with.", message)
            except BusyError as error:
                self._sender.message(answers.busy(str(error), error.retry_after_s))
            except BadInputError as error:
                self._refuse(str(error), message)
            self._generation = max(self._generation, message.generation)
        latent = self._side_work.take_transformed()
        if latent is not None:
            self._session.start_from(latent)
            self._changed()

    def show(self) -> None:
        """Send what is due: now and then while something moves, and all of it at rest."""
        moving = self.moves
        due = self._due
        if due.picture:
            due.picture = False
            self._showing.show(self._generation, moving)
        if due.candidates and due.may("candidates", CANDIDATES_INTERVAL_S, self.wants_candidates):
            due.candidates = False
            self._strip.show(self._session.candidates, self._generation)
            self._show_shadow()
            if self._showing.averaging:
                self._showing.show(self._generation)
            due.sent("candidates")
        if due.state and due.may("state", STATE_INTERVAL_S, moving):
            due.state = False
            self._sender.message(answers.state(self.edit, self._generation), slot="state")
            due.sent("state")
        if due.numbers and due.may("numbers", NUMBERS_INTERVAL_S, moving):
            due.numbers = False
            self._sender.message(self._numbers(moving), slot="numbers")
            due.sent("numbers")

    @property
    def edit(self) -> Edit:
        """The edit as it stands."""
        return self._session.kept_in(self._edit)

    def _carry_out(self, message: ClientMessage) -> None:
        if isinstance(message, Redraw) and self._refused_stroke:
            return
        changes_edit = isinstance(message, CHANGES_EDIT)
        if changes_edit:
            self._side_work.cancel("transfer", "transform", "path")
        _ACTIONS[type(message)](self, message)
        if changes_edit:
            self._changed()
        elif isinstance(message, Path | Carry | ChangeView | Average):
            self._due.picture = True
        if self._showing.position is not None and self._showing.what == "photo":
            self._side_work.follow_path(self.edit, self._showing)

    def _changed(self) -> None:
        """The edit is another from here on: show it, live."""
        self._showing.position = None
        self._showing.averaging = False
        due = self._due
        due.picture = due.state = due.numbers = True
        due.forget("state")

    def _draw(self, message: Draw) -> None:
        self._refused_stroke = True
        self._refuse_more_strokes()
        self._session.draw(message.constraint)
        self._refused_stroke = False

    def _remove(self, message: Remove) -> None:
        if message.index >= len(self._session.history.present.constraints):
            raise IndexError
        self._session.remove(message.index)

    def _pick(self, message: PickCandidate) -> None:
        candidate = self._strip.at(message.rank, self._session.candidates)
        self._session.pick(candidate, message.rank)

    def _change_settings(self, message: ChangeSettings) -> None:
        document = self._edit.settings.to_json() | dict(message.settings)
        settings = EditSettings.from_json(document)
        self._session.set_settings(SessionSettings.of(settings, self._edit.seed))
        self._edit = dataclasses.replace(self._edit, settings=settings)
        self._showing.path = settings.path

    def _average(self, message: Average) -> None:
        if message.on and not self._session.history.present.constraints:
            raise EditError("there are no candidates to average; draw something first.")
        self._showing.averaging = message.on

    def _guide(self, message: Shadow) -> None:
        self._shadow = message if message.on else None
        self._show_shadow()

    def _feel_hand(self, message: Hand) -> None:
        self.hand_down = message.down

    def _search(self, message: ShowCandidates) -> None:
        self._candidates_on = self._due.candidates = message.on

    def _look_at(self, message: Path) -> None:
        self._showing.position = message.position
        self._side_work.cancel("transfer")

    def _carry(self, message: Carry) -> None:
        self._showing.carry = message
        self._side_work.cancel("transfer", "path")

    def _change_view(self, message: ChangeView) -> None:
        side_px = min(message.view_px, self._limits.live_side_px)
        self._showing.view = dataclasses.replace(message, view_px=side_px)

    def _finish(self, message: Finish) -> None:
        side_px = min(message.view_px, self._limits.finished_side_px)
        self._side_work.finish(self.edit, self._showing.carry, side_px, message.generation)

    def _transform(self, message: Transform) -> None:
        self._side_work.transform(message.photo, self._edit.settings, message.generation)

    def _show_shadow(self) -> None:
        if self._shadow is None or not self._session.history.present.constraints:
            return
        cursor = None
        if self._shadow.cursor is not None and self._edit.frame is not None:
            x, y = self._edit.frame.photo_to_grid([self._shadow.cursor])[0]
            cursor = float(x), float(y)
        shadow = self._session.candidates.shadow(cursor)
        if shadow is not None:
            self._showing.send(FrameKind.SHADOW, shadow, self._generation)

    def _numbers(self, moving: bool) -> str:
        drawn = self._session.history.present.constraints
        return answers.numbers(
            generation=self._generation,
            frames_per_s=self._showing.frames_per_s,
            step_ms=self._step_ms,
            moving=moving,
            satisfaction=stroke_sentences(self._session.satisfaction) if drawn else [],
            shown=self._showing.what,
            preview_ms=self._showing.preview_ms,
        )

    def _refuse_more_strokes(self) -> None:
        if len(self._session.history.present.constraints) >= self._limits.strokes:
            raise LimitError(
                f"{self._limits.strokes} strokes are drawn already; fix the result, take some "
                "away, and go on."
            )

    def _refuse(self, sentence: str, message: ClientMessage) -> None:
        self._sender.message(answers.error(sentence, message.kind))
        self._due.state = True


_ACTIONS: dict[type[ClientMessage], Callable[[LiveSession, Any], None]] = {
    Draw: LiveSession._draw,
    Redraw: lambda live, message: live._session.redraw(message.constraint),
    Remove: LiveSession._remove,
    Undo: lambda live, _: live._session.undo(),
    Redo: lambda live, _: live._session.redo(),
    Fix: lambda live, _: live._session.fix(),
    Restart: lambda live, _: live._session.restart(),
    PickCandidate: LiveSession._pick,
    Slide: lambda live, message: live._session.slide(message.directions),
    Reslide: lambda live, message: live._session.reslide(message.directions),
    ChangeSettings: LiveSession._change_settings,
    Average: LiveSession._average,
    Shadow: LiveSession._guide,
    Hand: LiveSession._feel_hand,
    ShowCandidates: LiveSession._search,
    Path: LiveSession._look_at,
    Carry: LiveSession._carry,
    ChangeView: LiveSession._change_view,
    Finish: LiveSession._finish,
    Transform: LiveSession._transform,
}
"""What each message does; `Open` is the connection's."""


class _Due:
    """What is to be sent, and when each kind was sent last."""

    def __init__(self) -> None:
        self.picture = self.state = self.numbers = True
        self.candidates = False
        self._sent_s: dict[str, float] = {}

    def may(self, kind: str, interval_s: float, moving: bool) -> bool:
        """Whether it is time: at intervals while something moves, at once when it rests."""
        return not moving or time.monotonic() - self._sent_s.get(kind, -interval_s) >= interval_s

    def sent(self, kind: str) -> None:
        """It was sent now: what takes long to make leaves the interval to the editing."""
        self._sent_s[kind] = time.monotonic()

    def forget(self, kind: str) -> None:
        """Send the next one at once."""
        self._sent_s.pop(kind, None)
