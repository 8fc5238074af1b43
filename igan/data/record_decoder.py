"""Encoded records of a batch decoded at once, by several threads if that is asked for."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from igan.data.encoding import decode_record


class RecordDecoder:
    """Decodes batches with `threads` threads, which start in each process at its first batch."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._pool: ThreadPoolExecutor | None = None
        self._process_id = 0

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pool": None}

    def decode_into(
        self, pictures: np.ndarray, records: Sequence[bytes | memoryview | None]
    ) -> None:
        """Decode `records` into uint8 (N, size, size, channels).

        Raises:
            ValueError: a record is missing, or is not a picture of that size.
        """
        if self._threads == 1 or len(records) < 2:
            _decode_part(pictures, records)
            return
        if self._pool is None or self._process_id != os.getpid():
            self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="decode")
            self._process_id = os.getpid()
        length = -(-len(records) // self._threads)
        parts = [slice(start, start + length) for start in range(0, len(records), length)]
        decoded = [self._pool.submit(_decode_part, pictures[part], records[part]) for part in parts]
        for part in decoded:
            part.result()


def _decode_part(pictures: np.ndarray, records: Sequence[bytes | memoryview | None]) -> None:
    _, size, _, channels = pictures.shape
    for picture, record in zip(pictures, records, strict=True):
        if record is None:
            raise ValueError("a record is missing")
        picture[:] = decode_record(record, size, channels)
