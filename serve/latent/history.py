"""Undo and redo, over values of any kind."""

from dataclasses import dataclass, replace
from typing import Generic, TypeVar

State = TypeVar("State")

LONGEST = 200
"""How many states can be undone."""


@dataclass(frozen=True)
class History(Generic[State]):
    """The present state, those before it (oldest first), and those undone (the next one last)."""

    present: State
    past: tuple[State, ...] = ()
    future: tuple[State, ...] = ()

    @property
    def can_undo(self) -> bool:
        return bool(self.past)

    @property
    def can_redo(self) -> bool:
        return bool(self.future)

    def pushed(self, state: State) -> "History[State]":
        """Go on to a new state; what was undone is forgotten."""
        return History(state, (*self.past, self.present)[-LONGEST:])

    def amended(self, state: State) -> "History[State]":
        """The same history with another present state."""
        return replace(self, present=state)

    def undone(self) -> "History[State]":
        """Back to the state before.

        Raises:
            IndexError: there is none.
        """
        return History(self.past[-1], self.past[:-1], (*self.future, self.present))

    def redone(self) -> "History[State]":
        """On to the state that was undone last.

        Raises:
            IndexError: there is none.
        """
        return History(self.future[-1], (*self.past, self.present), self.future[:-1])
