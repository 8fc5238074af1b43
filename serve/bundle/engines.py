"""Which engine runs a batch.

ONNX Runtime takes a gradient step on one image two to four times as fast as Torch does. Where a
graph has a quick form (see `serve.bundle.quick`) that wins the gradients of batches on a CPU. Other
batches that are large enough to fill the cores go to Torch's convolutions or to ONNX Runtime: where
the turn is depends on the machine, its threads and the network, so it is measured, once for each
purpose, device and class of batch sizes (those between two powers of two), when the first batch of
that class arrives.
"""

import math
import threading
import time
from collections.abc import Callable, Mapping
from typing import Literal

from torch import Tensor

Engine = Literal["onnx", "quick", "torch", "torch-bfloat16"]
EngineWish = Literal["auto", "onnx", "quick", "torch"]

# On a CPU, smaller batches go to ONNX Runtime untried.
LEAST_BATCH_TRIED = 8
# Fewer latents are no work for the quick form: its weights are five times as large and are read in
# full for every batch. A picture alone uses them at many places.
FEWEST_LATENTS_FOR_QUICK = 8
_ROUNDS = 2
# A lead as clear as this after one round needs no other.
_CLEAR_LEAD = 1.25

# Does the work on a batch once.
Trial = Callable[[Tensor], None]


def size_class(batch_size: int) -> int:
    """The exponent of the smallest power of two that is no less than the batch."""
    return (batch_size - 1).bit_length()


class FastestEngine:
    """Remembers the fastest engine of each class of work; any number of threads may ask."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._found: dict[tuple[object, ...], Engine] = {}
        self._lock = threading.Lock()

    @property
    def found(self) -> Mapping[tuple[object, ...], Engine]:
        """The engines by class of work, as far as they were tried."""
        return dict(self._found)

    def choose(
        self, work: tuple[object, ...], trials: Mapping[Engine, Trial], batch: Tensor
    ) -> Engine:
        """The engine for a class of work, of which `batch` is an example.

        A trial costs each engine the work on one image, then that on the batch once, or twice where
        the outcome is close. Others who ask for an engine wait meanwhile.
        """
        if work not in self._found:
            with self._lock:
                if work not in self._found:
                    self._found[work] = self._fastest(trials, batch)
        return self._found[work]

    def _fastest(self, trials: Mapping[Engine, Trial], batch: Tensor) -> Engine:
        for trial in trials.values():  # The first time is not typical.
            trial(batch[:1])
        seconds: dict[Engine, float] = dict.fromkeys(trials, math.inf)
        for _ in range(_ROUNDS):
            for engine, trial in trials.items():
                began = self._clock()
                trial(batch)
                seconds[engine] = min(seconds[engine], self._clock() - began)
            fastest, second, *_ = sorted(seconds.values())
            if second > _CLEAR_LEAD * fastest:
                break
        return min(trials, key=lambda engine: seconds[engine])
