"""The thread that moves everybody's edits on one model."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from torch import Tensor

from serve.app.metrics import Metrics
from serve.app.sessions import LiveSession
from serve.latent import LatentEditor, step_editors

logger = logging.getLogger(__name__)

MOST_STEPS_PER_S = 60
"""No faster than this, so that an edit moves alike on fast machines, and others get their share."""

SLICE_ROWS = 1
"""Candidates that are stepped together. A stroke waits for them, and on a CPU two cost twice."""

SHARE_WHILE_DRAWING = 0.25
SHARE_WHILE_MOVING = 0.5
"""Of the time, what candidates may take while a hand draws, and while edits move."""

MOST_SLICES_SAVED = 2
"""Candidates that had nothing to do do not make up for it later."""

Work = tuple[LiveSession, LatentEditor, Tensor | None]
"""Whose edit, what steps, and which rows of it; None for all."""

FAILED = "the edit came to a state that the model cannot compute; undo, or begin anew."


class Scheduler:
    """Steps all edits of one model in two lanes, and sleeps when nothing moves.

    The edits that move take each step as one batch. Candidates move in slices in the time that is
    theirs: all of it while everything else rests, and none of it when something begins to move.

    Args:
        on_failure: gets a session whose step failed, and a sentence; it was removed already.
    """

    def __init__(
        self, name: str, metrics: Metrics, on_failure: Callable[[LiveSession, str], None]
    ) -> None:
        self._metrics, self._on_failure = metrics, on_failure
        self._changed = threading.Condition()
        self._sessions: list[LiveSession] = []
        self._woken = self._stopping = False
        self._next_step_s = 0.0
        self._credit_s = self._slice_s = self._seen_s = 0.0
        self._share = 1.0
        self._turn = 0
        self._thread = threading.Thread(target=self._run, name=f"igan-edit-{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self, patience_s: float) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(patience_s)

    def add(self, session: LiveSession) -> None:
        """Move this session's edit from now on."""
        with self._changed:
            self._sessions.append(session)
        self.wake()

    def remove(self, session: LiveSession) -> None:
        """Leave this session alone."""
        with self._changed:
            if session in self._sessions:
                self._sessions.remove(session)

    def wake(self) -> None:
        """There is something to do; from any thread."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def tick(self, sessions: Sequence[LiveSession]) -> float | None:
        """Do what is to be done now.

        Returns:
            the seconds after which to go on; None if nothing moves any more.
        """
        sessions = [one for one in sessions if self._try(one, one.carry_out_messages)]
        began_s = time.perf_counter()
        moving = [one for one in sessions if one.moves] if began_s >= self._next_step_s else []
        failed = self._step([(one, one.editor, None) for one in moving])
        if moving:
            seconds = time.perf_counter() - began_s
            self._next_step_s = began_s + 1 / MOST_STEPS_PER_S
            self._metrics.observe("step", seconds)
            self._metrics.count("steps", len(moving))
            for session in moving:
                session.stepped(1000 * seconds)
        sessions = [one for one in sessions if one not in failed]
        failed = self._advance_candidates(sessions)
        sessions = [one for one in sessions if one not in failed]
        for session in sessions:
            self._try(session, session.show)
        return self._pause_s(sessions)

    def _run(self) -> None:
        pause_s: float | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._woken or self._stopping, pause_s)
                if self._stopping:
                    return
                self._woken = False
                sessions = list(self._sessions)
            pause_s = self.tick(sessions)

    def _step(self, work: Sequence[Work]) -> list[LiveSession]:
        """One step of all, or of each by itself if that fails; those by whom it did."""
        try:
            step_editors([editor for _, editor, _ in work], [rows for _, _, rows in work])
        except Exception:
            logger.exception("a step of %d edits failed", len(work))
            return [
                session
                for session, editor, rows in work
                if not self._try(session, partial(step_editors, [editor], [rows]))
            ]
        return []

    def _advance_candidates(self, sessions: Sequence[LiveSession]) -> list[LiveSession]:
        """Move some candidates if it is their time; the sessions by whom that failed."""
        now_s = time.perf_counter()
        share = _share_of_candidates(sessions)
        earned_s = self._credit_s + share * (now_s - self._seen_s)
        begins = share < self._share
        self._credit_s = 0.0 if begins else min(earned_s, MOST_SLICES_SAVED * self._slice_s)
        self._share, self._seen_s = share, now_s
        wanting = [one for one in sessions if one.wants_candidates]
        if not wanting or (share < 1 and self._credit_s < self._slice_s):
            return []
        self._turn += 1
        chosen = wanting[self._turn % len(wanting)]
        failed = self._step([(chosen, *chosen.next_candidates(SLICE_ROWS))])
        self._slice_s = time.perf_counter() - now_s
        self._credit_s -= self._slice_s
        self._metrics.observe("candidates", self._slice_s)
        return failed

    def _pause_s(self, sessions: Sequence[LiveSession]) -> float | None:
        """Until the next step, or the next candidates, whichever comes first."""
        now_s = time.perf_counter()
        pauses_s = []
        if any(one.moves for one in sessions):
            pauses_s.append(self._next_step_s - now_s)
        if any(one.wants_candidates for one in sessions):
            owed_s = self._slice_s - self._credit_s
            share = _share_of_candidates(sessions)
            pauses_s.append(0.0 if share == 1 else owed_s / share)
        return max(0.0, min(pauses_s)) if pauses_s else None

    def _try(self, session: LiveSession, act: Callable[[], object]) -> bool:
        """Do something for one session; if it fails, end that session and no other."""
        try:
            act()
        except Exception:
            logger.exception("a session failed")
            self.remove(session)
            self._on_failure(session, FAILED)
            return False
        return True


def _share_of_candidates(sessions: Sequence[LiveSession]) -> float:
    """Of the time, what candidates may take now."""
    if any(one.hand_down for one in sessions):
        return SHARE_WHILE_DRAWING
    return SHARE_WHILE_MOVING if any(one.moves for one in sessions) else 1.0
