"""Work beside the editing: projections, and edits carried to whole photos."""

import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from serve.app.cancelling import Cancelled, Check, checked
from serve.app.limits import Limits
from serve.app.metrics import Metrics
from serve.errors import BusyError

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Work = Callable[[Check], Result]

NICENESS = 10
"""Of job threads, so that they take what the editing leaves."""


class Job(Generic[Result]):
    """One piece of work, from its submission to its end.

    Args:
        owner: whose it is.
        work: gets a check to call now and then.
        on_end: called once by the thread that ends the job, whichever way it ended.
    """

    def __init__(
        self,
        owner: Hashable,
        work: Work[Result],
        cancelled: Cancelled = lambda: False,
        on_progress: Callable[[float], None] = lambda share: None,
        on_end: "Callable[[Job[Result]], None]" = lambda job: None,
    ) -> None:
        self.owner = owner
        self._work, self._on_end = work, on_end
        self._given_up = threading.Event()
        self._ended = threading.Event()
        self._result: Result | None = None
        self._error: BaseException | None = None
        self._check = checked(lambda: self._given_up.is_set() or cancelled(), on_progress)

    def cancel(self) -> None:
        """Give the work up at its next check; it then ends with a CancelledError."""
        self._given_up.set()

    def run(self) -> None:
        """Do the work, in this thread."""
        try:
            self._check(0.0)
            self._result = self._work(self._check)
        except BaseException as error:  # the one who asked gets it from `result`
            self._error = error
        self._ended.set()
        self._on_end(self)

    def result(self) -> Result:
        """Wait for the end: what the work gave, or raised."""
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]


class Jobs:
    """A few threads of low priority that take jobs in turn from everybody who has any."""

    def __init__(self, limits: Limits, metrics: Metrics) -> None:
        self._limits, self._metrics = limits, metrics
        self._changed = threading.Condition()
        self._waiting: dict[Hashable, deque[Job]] = {}
        self._running: set[Job] = set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"igan-job-{number}", daemon=True)
            for number in range(1, limits.job_threads + 1)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self, patience_s: float) -> None:
        """Cancel everything and wait for it to end."""
        with self._changed:
            self._stopping = True
            left = [job for queue in self._waiting.values() for job in queue]
            self._waiting.clear()
            for job in (*left, *self._running):
                job.cancel()
            self._changed.notify_all()
        for job in left:
            job.run()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(patience_s)

    def submit(self, job: Job[Result]) -> Job[Result]:
        """Put a job into the queue of its owner.

        Raises:
            BusyError: too many wait.
        """
        with self._changed:
            if self._stopping:
                raise BusyError("the service is stopping; try again soon.", 1.0)
            own = self._waiting.get(job.owner, ())
            waiting = sum(map(len, self._waiting.values()))
            if len(own) >= self._limits.waiting_jobs_per_client:
                raise BusyError(
                    f"{len(own)} of your jobs are waiting already; wait for one to end.", 2.0
                )
            if waiting >= self._limits.waiting_jobs:
                raise BusyError(
                    f"the service is busy: {waiting} jobs are waiting; try again soon.",
                    self._limits.retry_after_s,
                )
            self._waiting.setdefault(job.owner, deque()).append(job)
            self._changed.notify()
        return job

    def _run(self) -> None:
        _lower_priority()
        while (job := self._next()) is not None:
            try:
                with self._metrics.timed("job"):
                    job.run()
            except Exception:  # of what was to happen at its end; the next job shall be done
                logger.exception("the end of a job failed")
            with self._changed:
                self._running.discard(job)

    def _next(self) -> Job | None:
        """The oldest job of the owner who was served longest ago; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or bool(self._waiting))
            if self._stopping:
                return None
            owner, queue = next(iter(self._waiting.items()))
            job = queue.popleft()
            del self._waiting[owner]
            if queue:
                self._waiting[owner] = queue
            self._running.add(job)
            return job


def _lower_priority() -> None:
    """Make this thread nicer, and those that it starts, where the system knows of such a thing."""
    if hasattr(os, "setpriority"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
