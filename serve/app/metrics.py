"""What the service counts and measures about itself, for whichever monitoring reads it."""

import threading
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Upper ends of the classes that durations are counted in; one more holds the rest."""


@dataclass(frozen=True)
class Histogram:
    """How long something took.

    Attributes:
        counts: by class of `SECONDS`, and last what took longer.
        total_s: of all.
    """

    counts: tuple[int, ...]
    total_s: float


@dataclass(frozen=True)
class MetricsSnapshot:
    """Everything that was counted, by name.

    Attributes:
        counters: that only rise.
        gauges: that rise and fall.
        histograms: of durations in seconds.
    """

    counters: Mapping[str, int]
    gauges: Mapping[str, float]
    histograms: Mapping[str, Histogram]


@dataclass
class _Durations:
    counts: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))
    total_s: float = 0.0


class Metrics:
    """Any number of threads may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: defaultdict[str, int] = defaultdict(int)
        self._gauges: defaultdict[str, float] = defaultdict(float)
        self._durations: defaultdict[str, _Durations] = defaultdict(_Durations)

    def count(self, name: str, by: int = 1) -> None:
        """Raise a counter."""
        with self._lock:
            self._counters[name] += by

    def change(self, name: str, by: float) -> None:
        """Move a gauge up or down."""
        with self._lock:
            self._gauges[name] += by

    def observe(self, name: str, seconds: float) -> None:
        """Count a duration."""
        with self._lock:
            durations = self._durations[name]
            durations.counts[bisect_left(SECONDS, seconds)] += 1
            durations.total_s += seconds

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        """Count how long the block takes, however it ends."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.observe(name, time.perf_counter() - began)

    def snapshot(self) -> MetricsSnapshot:
        """All of it at one moment."""
        with self._lock:
            return MetricsSnapshot(
                dict(self._counters),
                dict(self._gauges),
                {
                    name: Histogram(tuple(one.counts), one.total_s)
                    for name, one in self._durations.items()
                },
            )
