"""Manners towards each host: requests at once, requests a second, and when to let it be."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SILENT_AFTER_FAILURES = 20
"""So many addresses of one host in a row without an answer, and the host is let be."""


class HostRestsError(Exception):
    """A host is let be for the rest of the run; the message is half a sentence."""


class StoppedError(Exception):
    """The download was broken off while something waited for its turn."""


@dataclass
class _Host:
    turns: threading.BoundedSemaphore
    next_request: float = 0.0
    failures_in_a_row: int = 0
    resting: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Hosts:
    """Gives out turns to ask a host.

    Args:
        at_once: the most requests to one host at a time.
        a_second: the most requests to one host in a second.
        longest_wait_s: a host that asks for a longer wait is let be.
    """

    def __init__(self, at_once: int, a_second: float, longest_wait_s: float) -> None:
        self._at_once = at_once
        self._interval_s = 1.0 / a_second
        self._longest_wait_s = longest_wait_s
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let nobody wait any longer."""
        self._stopped.set()

    @contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Wait for a turn to ask a host once.

        Raises:
            HostRestsError: the host is let be.
            StoppedError: `stop` was called.
        """
        host = self._host(name)
        while not host.turns.acquire(timeout=0.2):
            self._check(host)
        try:
            while (wait_s := self._next_turn_s(host)) > 0:
                if self._stopped.wait(wait_s):
                    raise StoppedError
            self._check(host)
            yield
        finally:
            host.turns.release()

    def pause(self, name: str, seconds: float) -> None:
        """Ask the host nothing for so long, as it wishes."""
        host = self._host(name)
        with host.lock:
            if seconds > self._longest_wait_s:
                host.resting = f"lies on {name}, which asks to wait {seconds:.0f} s"
            else:
                host.next_request = max(host.next_request, time.monotonic() + seconds)

    def let_be(self, name: str, reason: str) -> None:
        """Ask the host nothing for the rest of the run."""
        self._host(name).resting = reason

    def answered(self, name: str) -> None:
        """Note that the host gave an answer of some kind."""
        self._host(name).failures_in_a_row = 0

    def failed(self, name: str) -> None:
        """Note that the host gave none, in spite of all attempts."""
        host = self._host(name)
        with host.lock:
            host.failures_in_a_row += 1
            if host.failures_in_a_row >= SILENT_AFTER_FAILURES:
                host.resting = f"lies on {name}, which does not answer"

    def _host(self, name: str) -> _Host:
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = _Host(threading.BoundedSemaphore(self._at_once))
            return self._hosts[name]

    def _check(self, host: _Host) -> None:
        if self._stopped.is_set():
            raise StoppedError
        if host.resting:
            raise HostRestsError(host.resting)

    def _next_turn_s(self, host: _Host) -> float:
        """Take the next turn when it is due and return 0, or return how long to wait for it."""
        self._check(host)
        with host.lock:
            now = time.monotonic()
            if host.next_request > now:
                return host.next_request - now
            host.next_request = now + self._interval_s
            return 0.0
