"""What a client remembers of its session, so that nothing is lost with a connection.

Free of any input or output: it numbers the messages that go out, takes in those that come, and says
what is to be said again to a server that knows nothing yet.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

from serve.app.protocol import Frame, FrameKind
from serve.app.protocol.messages import (
    Carry,
    ChangeView,
    ClientMessage,
    Finish,
    Hand,
    Open,
    Path,
    Redraw,
    Reslide,
    Shadow,
    ShowCandidates,
)
from serve.errors import BadInputError, BusyError, ServeError
from serve.latent import Edit, edit_from_json

KEEPS_GENERATION = (Hand, ShowCandidates, Finish, ChangeView)
"""Messages that change nothing in the edit or in how it is shown."""

STANDING = (ChangeView, Carry, ShowCandidates, Shadow, Path)
"""Wishes that hold until they are changed, and that a new connection must be told again."""

REPLACING = (Redraw, Reslide)
"""Messages that take the place of the one before of the same kind."""

LIVE = (FrameKind.PHOTO, FrameKind.MODEL)
"""Pictures that are sent when they look different from the one before."""

MessageT = TypeVar("MessageT", bound=ClientMessage)


@dataclass
class Memory:
    """One open edit as the client knows it.

    Attributes:
        opening: the message that opened it; None while nothing is open.
        is_open: whether the server has opened it, on this connection.
        edit: as the server last told it.
        opened, numbers, candidates: the newest message of each kind.
        frames: the newest picture of each kind and rank.
        generation: of the newest message that changed something.
        refusals: that nobody has been told yet.
    """

    opening: Open | None = None
    is_open: bool = False
    edit: Edit | None = None
    opened: Mapping[str, Any] | None = None
    numbers: Mapping[str, Any] | None = None
    candidates: Mapping[str, Any] | None = None
    frames: dict[tuple[FrameKind, int], Frame] = field(default_factory=dict)
    generation: int = 0
    refusals: list[ServeError] = field(default_factory=list)
    _edited: int = 0
    _finish: Finish | None = None
    _pending: list[ClientMessage] = field(default_factory=list)
    _standing: dict[type[ClientMessage], ClientMessage] = field(default_factory=dict)

    @classmethod
    def of(cls, opening: Open, last_generation: int) -> Self:
        """The memory of an edit that is to be opened by this message, after others perhaps."""
        memory = cls(edit=opening.edit, generation=last_generation)
        memory.opening = memory._numbered(opening)
        memory._edited = memory.generation
        return memory

    def records(self, message: ClientMessage) -> ClientMessage:
        """Number a message that goes out, and remember it until its outcome is known."""
        if isinstance(message, STANDING):
            self._standing[type(message)] = message
        if isinstance(message, Finish):
            self.frames.pop((FrameKind.FINISHED, 0), None)
            self._finish = message
        if isinstance(message, KEEPS_GENERATION):
            return dataclasses.replace(message, generation=self.generation)
        numbered = self._numbered(message)
        if not isinstance(message, STANDING):
            if isinstance(message, REPLACING) and self._last_is(type(message)):
                self._pending.pop()
            self._pending.append(numbered)
            self._finish = None
            self._edited = numbered.generation
        return numbered

    def opens_again(self) -> Open | None:
        """What a server is told that does not know this edit, before anything else."""
        if self.opening is None:
            return None
        self.is_open = False
        self.opening = self._numbered(dataclasses.replace(self.opening, edit=self.edit))
        return self.opening

    def resumes(self) -> list[ClientMessage]:
        """What is to be said once the edit is open: what holds, and what was said meanwhile."""
        standing = [self._numbered(message) for message in self._standing.values()]
        self._pending = [self._numbered(message) for message in self._pending]
        if self._pending:
            self._edited = self._pending[-1].generation
        finish = [] if self._finish is None else [self._finish]
        return [*standing, *self._pending, *finish]

    def takes(self, message: Mapping[str, Any]) -> None:
        """Take in what the server said."""
        match message["kind"]:
            case "opened" if self.opening and message["generation"] == self.opening.generation:
                self.is_open, self.opened = True, message
                self.edit = edit_from_json(message["edit"])
            case "state":
                self.edit = edit_from_json(message["edit"])
                told = message["generation"]
                self._pending = [one for one in self._pending if one.generation > told]
            case "numbers":
                self.numbers = message
            case "candidates":
                self.candidates = message
            case "error":
                self.refusals.append(BadInputError(message["sentence"]))
                self._forget_refused(message["about"])
            case "busy":
                self.refusals.append(BusyError(message["sentence"], message["retry_after_s"]))

    def takes_frame(self, frame: Frame) -> None:
        """Take in a picture."""
        self.frames[frame.kind, frame.rank] = frame
        if frame.kind is FrameKind.FINISHED:
            self._finish = None

    @property
    def is_resting(self) -> bool:
        """Whether every change asked for so far was carried out, and nothing moves any more."""
        numbers = self.numbers
        return (
            self.is_open
            and numbers is not None
            and not numbers["moving"]
            and not self._pending
            and numbers["generation"] >= self._edited
        )

    def is_newest(self, frame: Frame, generation: int) -> bool:
        """Whether a picture takes account of a generation: by its own number, or because the
        server rests with that generation and has sent no other, since nothing looks different.
        """
        told = 0 if self.numbers is None else self.numbers["generation"]
        rests_with_it = frame.kind in LIVE and self.is_resting and told >= generation
        return frame.generation >= generation or rests_with_it

    def _numbered(self, message: MessageT) -> MessageT:
        self.generation += 1
        return dataclasses.replace(message, generation=self.generation)

    def _last_is(self, kind: type[ClientMessage]) -> bool:
        return bool(self._pending) and type(self._pending[-1]) is kind

    def _forget_refused(self, about: str | None) -> None:
        for index, message in enumerate(self._pending):
            if message.kind == about:
                del self._pending[index]
                return
