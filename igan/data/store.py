"""A photo store: one LMDB environment of equally sized pictures, read in batches."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import lmdb
import numpy as np

from igan.data.digest import EMPTY_STORE_DIGEST, next_digest
from igan.data.encoding import decode_record
from igan.data.lmdb_file import open_for_reading
from igan.data.split import SPLITS, Split
from igan.data.store_format import (
    INDEX_TABLE,
    META_KEY,
    RECORDS_TABLE,
    IndexEntry,
    StoreMeta,
    record_keys,
)
from igan.data.store_writer import StoreWriter
from igan.errors import StoreError

__all__ = ["Store", "StoreWriter"]

_REPAIR = "copy it again or import the photos again."
_VERIFY_RECORDS = 512


class Store:
    """Reads the records that were committed when it was opened.

    The environment opens in each process at its first read and is not pickled, so a store may
    travel to workers and across a fork. Pictures are uint8 (N, size, size, channels), RGB or one
    channel.

    Raises:
        StoreError: no store there, cut off, or of another format version.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._environment: lmdb.Environment | None = None
        self._process_id = 0
        self.meta = self._read_meta()

    def __len__(self) -> int:
        return self.meta.count

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_environment": None}

    @property
    def size(self) -> int:
        return self.meta.size

    @property
    def channels(self) -> int:
        return self.meta.channels

    @property
    def digest(self) -> str:
        return self.meta.digest

    def read(self, indices: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the pictures of these records, in this order, as uint8 (N, H, W, C).

        Raises:
            StoreError: an index outside the store, or a record that is damaged.
        """
        shape = (len(indices), self.size, self.size, self.channels)
        with self._transaction(RECORDS_TABLE) as transaction:
            try:
                if self.meta.encoding == "raw":
                    records: Any = map(transaction.get, self._keys(indices))
                    joined = bytearray().join(records)
                    return np.frombuffer(joined, np.uint8).reshape(shape)
                pictures = np.empty(shape, np.uint8)
                for picture, key in zip(pictures, self._keys(indices), strict=True):
                    record = transaction.get(key, b"")
                    picture[:] = decode_record(record, self.size, self.channels)
                return pictures
            except (TypeError, ValueError, lmdb.Error) as error:
                raise StoreError(f"{self.path} holds a damaged record; {_REPAIR}") from error

    def entries(self, indices: Sequence[int] | np.ndarray) -> list[IndexEntry]:
        """Return where these records came from.

        Raises:
            StoreError: as `read`.
        """
        with self._transaction(INDEX_TABLE) as transaction:
            found = [bytes(transaction.get(key, b"")) for key in self._keys(indices)]
        if not all(found):
            raise StoreError(f"{self.path} has holes in its index; {_REPAIR}")
        return [IndexEntry.from_bytes(packed) for packed in found]

    def indices_of(self, split: Split) -> np.ndarray:
        """Return the indices of all records in a split, ascending, as int64 (N,)."""
        wanted = SPLITS.index(split)
        with self._transaction(INDEX_TABLE) as transaction, transaction.cursor() as cursor:
            splits = bytes(value[0] for value in cursor.iternext(keys=False, values=True))
        members = np.frombuffer(splits, np.uint8)[: len(self)] == wanted
        return np.flatnonzero(members)

    def verify(self, progress: Callable[[int], object] = lambda records: None) -> None:
        """Read everything and compare the digest; `progress` gets the records done so far.

        Raises:
            StoreError: the records are not those that were committed.
        """
        digest = EMPTY_STORE_DIGEST
        for index, (key, entry, record) in enumerate(self._rows(), start=1):
            digest = next_digest(digest, key, entry, record)
            progress(index)
        if digest != self.digest:
            raise StoreError(f"{self.path} does not match its digest; {_REPAIR}")

    def _rows(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        for start in range(0, len(self), _VERIFY_RECORDS):
            keys = record_keys(range(start, min(start + _VERIFY_RECORDS, len(self))))
            with self._transaction(INDEX_TABLE) as transaction:
                entries = [bytes(transaction.get(key, b"")) for key in keys]
            with self._transaction(RECORDS_TABLE) as transaction:
                records = [bytes(transaction.get(key, b"")) for key in keys]
            yield from zip(keys, entries, records, strict=True)

    def _keys(self, indices: Sequence[int] | np.ndarray) -> list[bytes]:
        wanted = np.asarray(indices, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= len(self)):
            raise StoreError(f"{self.path} holds {len(self)} records, numbered from 0.")
        return record_keys(wanted)

    def _transaction(self, table: bytes) -> lmdb.Transaction:
        if self._environment is None or self._process_id != os.getpid():
            self._environment = open_for_reading(self.path)
            self._process_id = os.getpid()
        handle = self._environment.open_db(table, create=False)
        return self._environment.begin(db=handle, buffers=True)

    def _read_meta(self) -> StoreMeta:
        environment = open_for_reading(self.path)
        try:
            with environment.begin() as transaction:
                data = transaction.get(META_KEY)
            if data is None:
                raise ValueError("is an LMDB environment but not a photo store")
            return StoreMeta.from_json(data)
        except ValueError as error:
            raise StoreError(f"{self.path} {error}; import the photos again.") from error
        except lmdb.Error as error:
            raise StoreError(f"{self.path} is damaged ({error}); {_REPAIR}") from error
