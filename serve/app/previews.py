"""Live pictures, drawn beside the stepping: the newest of each session, everybody in turn."""

import logging
import threading
from collections.abc import Callable, Hashable

logger = logging.getLogger(__name__)

Draw = Callable[[], None]


class PreviewLane:
    """A few threads that draw what was asked for last.

    What is asked for while a session's picture waits replaces it, so that a slow machine shows
    fewer pictures and never old ones.
    """

    def __init__(self, threads: int) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, Draw] = {}
        self._drawing: set[Hashable] = set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"igan-preview-{number}", daemon=True)
            for number in range(1, threads + 1)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self, patience_s: float) -> None:
        with self._changed:
            self._stopping = True
            self._waiting.clear()
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(patience_s)

    def ask(self, owner: Hashable, draw: Draw) -> None:
        """Draw this next for the owner, instead of what it asked for before."""
        with self._changed:
            self._waiting[owner] = draw
            self._changed.notify()

    def forget(self, owner: Hashable) -> None:
        """Draw nothing more for the owner."""
        with self._changed:
            self._waiting.pop(owner, None)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._free() is not None)
                if self._stopping:
                    return
                owner = self._free()
                draw = self._waiting.pop(owner)
                self._drawing.add(owner)
            try:
                draw()
            except Exception:  # one picture less; the next may well do
                logger.exception("a live picture could not be drawn")
            with self._changed:
                self._drawing.discard(owner)
                self._changed.notify()

    def _free(self) -> Hashable | None:
        """Who has waited longest and has no picture being drawn."""
        return next((owner for owner in self._waiting if owner not in self._drawing), None)
