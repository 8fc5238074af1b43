"""Keeping Pillow's remarks on odd files off the console, whichever thread reads the file."""

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_lock = threading.Lock()
_readers = 0
_kept_filters = ExitStack()


@contextmanager
def pillow_warnings_ignored() -> Iterator[None]:
    """Ignore warnings that Pillow's modules raise while any thread is inside.

    `warnings.catch_warnings` alone puts back what it found, which with several threads may be what
    another thread had put there: here the first to enter keeps the filters, the last to leave puts
    them back.
    """
    global _readers
    with _lock:
        if _readers == 0:
            _kept_filters.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", module=r"PIL\.")
        _readers += 1
    try:
        yield
    finally:
        with _lock:
            _readers -= 1
            if _readers == 0:
                _kept_filters.close()
