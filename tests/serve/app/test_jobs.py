import os
import sys
import threading
from collections.abc import Iterator

import pytest

from serve.app.cancelling import Check, checked, part_of
from serve.app.jobs import NICENESS, Job, Jobs
from serve.app.limits import Limits
from serve.app.metrics import Metrics
from serve.errors import BusyError, CancelledError


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    jobs = Jobs(Limits(waiting_jobs_per_client=2, waiting_jobs=3), Metrics())
    jobs.start()
    yield jobs
    jobs.close(5)


class Gate:
    """Work that waits until it is let through."""

    def __init__(self) -> None:
        self.begun, self.open = threading.Event(), threading.Event()

    def __call__(self, check: Check) -> str:
        self.begun.set()
        while not self.open.wait(0.01):
            check(0.5)
        return "done"


def test_results_and_errors_come_back(jobs: Jobs) -> None:
    assert jobs.submit(Job("a", lambda check: 3)).result() == 3
    with pytest.raises(ZeroDivisionError):
        jobs.submit(Job("a", lambda check: 1 / 0)).result()
    assert jobs.submit(Job("a", lambda check: 4)).result() == 4


def test_a_job_stops_at_its_next_check(jobs: Jobs) -> None:
    gate, ended = Gate(), threading.Event()
    job = jobs.submit(Job("a", gate, on_end=lambda job: ended.set()))
    gate.begun.wait(5)
    job.cancel()
    with pytest.raises(CancelledError):
        job.result()
    assert ended.wait(5)


def test_a_job_that_was_given_up_before_it_began_is_not_begun(jobs: Jobs) -> None:
    gate, later = Gate(), Gate()
    first = jobs.submit(Job("a", gate))
    gate.begun.wait(5)
    second = jobs.submit(Job("a", later))
    second.cancel()
    gate.open.set()
    assert first.result() == "done"
    with pytest.raises(CancelledError):
        second.result()
    assert not later.begun.is_set()


def test_owners_take_turns(jobs: Jobs) -> None:
    gate, order = Gate(), []
    jobs.submit(Job("a", gate))
    gate.begun.wait(5)
    waiting = [
        jobs.submit(Job(owner, lambda check: None, on_end=lambda job: order.append(job.owner)))
        for owner in ("a", "a", "b")
    ]
    gate.open.set()
    for job in waiting:
        job.result()
    assert order == ["a", "b", "a"]


def test_a_full_queue_is_busy(jobs: Jobs) -> None:
    gate = Gate()
    jobs.submit(Job("a", gate))
    gate.begun.wait(5)
    for _ in range(2):
        jobs.submit(Job("a", gate))
    with pytest.raises(BusyError, match="2 of your jobs"):
        jobs.submit(Job("a", gate))
    jobs.submit(Job("b", gate))
    with pytest.raises(BusyError, match="3 jobs are waiting"):
        jobs.submit(Job("c", gate))
    gate.open.set()


def test_closing_gives_everything_up() -> None:
    jobs = Jobs(Limits(), Metrics())
    jobs.start()
    gate = Gate()
    running, waiting = (jobs.submit(Job(owner, gate)) for owner in "ab")
    gate.begun.wait(5)
    jobs.close(5)
    for job in (running, waiting):
        with pytest.raises(CancelledError):
            job.result()
    with pytest.raises(BusyError, match="stopping"):
        jobs.submit(Job("a", gate))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="threads have priorities on Linux")
def test_jobs_are_nicer_than_the_rest(jobs: Jobs) -> None:
    def niceness(check: Check) -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert jobs.submit(Job("a", niceness)).result() >= NICENESS


def test_parts_of_work_tell_the_share_of_the_whole() -> None:
    shares: list[float] = []
    check = part_of(checked(lambda: False, shares.append), 0.2, 0.6)
    check(0.0)
    check(0.5)
    check(1.0)
    assert shares == pytest.approx([0.2, 0.4, 0.6])
