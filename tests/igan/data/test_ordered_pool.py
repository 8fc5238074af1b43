import threading
import time

import pytest

from igan.data.ordered_pool import CHUNK_ITEMS, CHUNKS_PER_WORKER, map_in_order


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_keep_the_order(workers: int) -> None:
    def slow_for_some(item: int) -> int:
        time.sleep(0.002 * (item % 3 == 0))
        return item * item

    assert list(map_in_order(slow_for_some, range(100), workers)) == [i * i for i in range(100)]


def test_no_more_is_taken_than_fits_the_window() -> None:
    taken = 0

    def items() -> object:
        nonlocal taken
        for item in range(10_000):
            taken += 1
            yield item

    results = map_in_order(lambda item: item, items(), 2)  # type: ignore[arg-type]
    next(results)
    assert taken <= (2 * CHUNKS_PER_WORKER + 1) * CHUNK_ITEMS
    results.close()  # type: ignore[attr-defined]


def test_an_error_arrives_and_the_threads_end() -> None:
    def fail_at_50(item: int) -> int:
        if item == 50:
            raise RuntimeError("fifty")
        return item

    with pytest.raises(RuntimeError, match="fifty"):
        list(map_in_order(fail_at_50, range(1000), 2))
    assert not [t for t in threading.enumerate() if t.name.startswith("decode")]
