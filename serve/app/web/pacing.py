"""How fast one client is listened to."""

import time
from collections.abc import Callable


class Pace:
    """A bucket of permissions that fills evenly: what comes faster is read later, never refused.

    Args:
        per_second: permissions that come back in a second; as many may be saved up.
        clock: in seconds.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._clock = per_second, clock
        self._left, self._counted_at = per_second, clock()

    def take(self) -> float:
        """Use one permission; returns the seconds to wait before acting on it."""
        now = self._clock()
        refilled = self._left + (now - self._counted_at) * self._per_second
        self._left = min(refilled, self._per_second) - 1
        self._counted_at = now
        return max(0.0, -self._left / self._per_second)
