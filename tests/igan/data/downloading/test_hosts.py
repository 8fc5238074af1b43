import threading
import time

import pytest

from igan.data.downloading.hosts import (
    SILENT_AFTER_FAILURES,
    HostRestsError,
    Hosts,
    StoppedError,
)


def test_requests_keep_their_distance() -> None:
    hosts = Hosts(at_once=4, a_second=20, longest_wait_s=1)
    started = time.monotonic()
    for _ in range(5):
        with hosts.turn("a"):
            pass
    assert time.monotonic() - started >= 4 / 20


def test_hosts_do_not_wait_for_each_other() -> None:
    hosts = Hosts(at_once=1, a_second=0.1, longest_wait_s=1)
    started = time.monotonic()
    for name in "abc":
        with hosts.turn(name):
            pass
    assert time.monotonic() - started < 1


def test_a_host_may_ask_for_a_pause_but_not_for_an_hour() -> None:
    hosts = Hosts(at_once=1, a_second=1000, longest_wait_s=2)
    hosts.pause("a", 0.3)
    started = time.monotonic()
    with hosts.turn("a"):
        assert time.monotonic() - started >= 0.29
    hosts.pause("a", 3600)
    with pytest.raises(HostRestsError, match="asks to wait 3600 s"), hosts.turn("a"):
        pass


def test_a_silent_host_is_let_be() -> None:
    hosts = Hosts(at_once=1, a_second=1000, longest_wait_s=2)
    for _ in range(SILENT_AFTER_FAILURES - 1):
        hosts.failed("a")
    hosts.answered("a")
    for _ in range(SILENT_AFTER_FAILURES):
        with hosts.turn("a"):
            hosts.failed("a")
    with pytest.raises(HostRestsError, match="does not answer"), hosts.turn("a"):
        pass


def test_stopping_ends_all_waiting() -> None:
    hosts = Hosts(at_once=1, a_second=0.01, longest_wait_s=2)
    with hosts.turn("a"):
        pass
    threading.Timer(0.2, hosts.stop).start()
    started = time.monotonic()
    with pytest.raises(StoppedError), hosts.turn("a"):
        pass
    assert time.monotonic() - started < 5
