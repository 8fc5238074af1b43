import itertools
import threading

import pytest

from igan.data.prefetch import prefetched


def prefetch_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "prefetch"]


def test_items_arrive_in_order_and_the_thread_ends() -> None:
    assert list(prefetched(range(100), 3)) == list(range(100))
    assert not prefetch_threads()


def test_it_reads_ahead_but_not_far() -> None:
    taken = []
    items = prefetched(map(taken.append, itertools.count()), 3)
    for _ in range(5):
        next(items)
    items.close()  # type: ignore[attr-defined]
    assert 5 <= len(taken) <= 5 + 3 + 1


def test_closing_an_endless_stream_ends_the_thread() -> None:
    items = prefetched(itertools.count(), 2)
    assert next(items) == 0
    items.close()  # type: ignore[attr-defined]
    assert not prefetch_threads()


def test_an_error_arrives_after_the_items_before_it() -> None:
    items = prefetched((1 // (2 - number) for number in range(5)), 2)
    assert [next(items), next(items)] == [0, 1]
    with pytest.raises(ZeroDivisionError):
        next(items)
    assert not prefetch_threads()
