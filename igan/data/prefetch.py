"""An iterator that a thread keeps a few items ahead."""

import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

Item = TypeVar("Item")

_CHECK_INTERVAL_S = 0.1


def prefetched(items: Iterable[Item], depth: int) -> Iterator[Item]:
    """Yield `items`, computing up to `depth` of them ahead in a thread.

    What the thread raises is raised here; the thread ends when this iterator is exhausted, closed
    or dropped.
    """
    ready: queue.Queue[tuple[Item | None, BaseException | None, bool]] = queue.Queue(depth)
    stop = threading.Event()

    def put(message: tuple[Item | None, BaseException | None, bool]) -> None:
        while not stop.is_set():
            try:
                return ready.put(message, timeout=_CHECK_INTERVAL_S)
            except queue.Full:
                continue
        return None

    def produce() -> None:
        try:
            for item in items:
                put((item, None, False))
                if stop.is_set():
                    return
            put((None, None, True))
        except BaseException as error:
            put((None, error, True))

    thread = threading.Thread(target=produce, name="prefetch", daemon=True)
    thread.start()
    try:
        while True:
            item, error, last = ready.get()
            if error is not None:
                raise error
            if last:
                return
            yield item  # type: ignore[misc]
    finally:
        stop.set()
        thread.join()
