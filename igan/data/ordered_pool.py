"""Work spread over threads, with results in the order of the input and bounded memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

CHUNK_ITEMS = 16
CHUNKS_PER_WORKER = 2


def map_in_order(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int
) -> Iterator[Result]:
    """Yield `function(item)` for every item, in order, computed by `workers` threads.

    At most `workers * CHUNKS_PER_WORKER + 1` chunks of `CHUNK_ITEMS` items are in memory at a time.
    """

    def run(chunk: list[Item]) -> list[Result]:
        return [function(item) for item in chunk]

    remaining = iter(items)
    running: deque[Future[list[Result]]] = deque()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="decode")
    try:
        while True:
            while len(running) < workers * CHUNKS_PER_WORKER:
                chunk = list(islice(remaining, CHUNK_ITEMS))
                if not chunk:
                    break
                running.append(pool.submit(run, chunk))
            if not running:
                return
            yield from running.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
