"""Keeps looking at a run a small share of the run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

WATCHING_SHARE = 0.03
FIRST_GUESS_S = 3.0


class TimeShare:
    """Says whether there is time to watch: at most `share` of the time since it was made.

    The cost of the next look is taken to be that of the last one, and of the first one a few
    seconds, so that a run of minutes is not held up at its start.
    """

    def __init__(self, share: float = WATCHING_SHARE) -> None:
        self.share = share
        self.spent_s = 0.0
        self._last_s = FIRST_GUESS_S
        self._since_s = time.monotonic()

    @property
    def allows(self) -> bool:
        elapsed_s = time.monotonic() - self._since_s
        return self.spent_s + self._last_s <= self.share * elapsed_s

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time of what is done within."""
        began_s = time.monotonic()
        yield
        self._last_s = time.monotonic() - began_s
        self.spent_s += self._last_s
