"""A photo store: one LMDB environment of equally sized pictures, read in batches."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import lmdb
import numpy as np

from igan.data.digest import EMPTY_STORE_DIGEST, next_digest
from igan.data.import_ledger import ImportLedger, Reject
from igan.data.lmdb_file import open_for_reading, open_table
from igan.data.record_decoder import RecordDecoder
from igan.data.split import SPLITS, Split
from igan.data.store_format import (
    CONTENTS_TABLE,
    IMPORTS_TABLE,
    INDEX_TABLE,
    LABELS_TABLE,
    META_KEY,
    RECORDS_TABLE,
    REJECTS_TABLE,
    TRAITS_TABLE,
    IndexEntry,
    StoreMeta,
    label_key,
    record_keys,
)
from igan.data.store_writer import StoreWriter
from igan.data.traits import TRAITS
from igan.errors import StoreError

__all__ = ["Store", "StoreWriter"]

_REPAIR = "copy it again or import the photos again."
_REJECTS_AT_ONCE = 512
_READ_AHEAD_BYTES = 2**20
_MOST_ATTEMPTS = 100

Result = TypeVar("Result")


class Store:
    """Reads the records that were committed when it was opened.

    The environment opens in each process at its first read and is not pickled, so a store may
    travel to workers and across a fork. Another process may add to the store meanwhile. Pictures
    are uint8 (N, size, size, channels), RGB or one channel.

    Args:
        threads: that decode the records of a batch, where they are encoded.

    Raises:
        StoreError: no store there, cut off, or of another format version.
    """

    def __init__(self, path: str | os.PathLike[str], threads: int = 1) -> None:
        self.path = Path(path)
        self._decoder = RecordDecoder(threads)
        self._environment: lmdb.Environment | None = None
        self._tables: dict[bytes, Any] = {}
        self._process_id = 0
        self.meta = self._read_meta()

    def __len__(self) -> int:
        return self.meta.count

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_environment": None, "_tables": {}}

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
        keys = self._keys(indices)
        shape = (len(keys), self.size, self.size, self.channels)

        def read_raw(transaction: lmdb.Transaction) -> np.ndarray:
            records: Any = map(transaction.get, keys)
            joined = bytearray().join(records)
            return np.frombuffer(joined, np.uint8).reshape(shape)

        def read_encoded(transaction: lmdb.Transaction) -> np.ndarray:
            records: list[Any] = list(map(transaction.get, keys))
            pictures = np.empty(shape, np.uint8)
            self._decoder.decode_into(pictures, records)
            return pictures

        try:
            return self._consistent(
                RECORDS_TABLE, read_raw if self.meta.encoding == "raw" else read_encoded
            )
        except (TypeError, ValueError, lmdb.Error) as error:
            raise StoreError(f"{self.path} holds a damaged record; {_REPAIR}") from error

    def entries(self, indices: Sequence[int] | np.ndarray) -> list[IndexEntry]:
        """Return where these records came from.

        Raises:
            StoreError: as `read`.
        """
        found = self._values(INDEX_TABLE, self._keys(indices))
        if not all(found):
            raise StoreError(f"{self.path} has holes in its index; {_REPAIR}")
        return [IndexEntry.from_bytes(packed) for packed in found]

    def traits(self) -> np.ndarray:
        """Return what is known of every record, as a structured array (N,) of `TRAITS`.

        Raises:
            StoreError: some are missing.
        """
        rows = np.frombuffer(self._joined(TRAITS_TABLE), TRAITS)[: len(self)]
        if len(rows) != len(self):
            raise StoreError(f"{self.path} lacks what is known of its records; {_REPAIR}")
        return rows

    def labels(self) -> list[str]:
        """Return the class labels, in the order of their first records."""

        def read(transaction: lmdb.Transaction) -> list[str]:
            count = transaction.stat()["entries"] // 2
            texts = [bytes(transaction.get(label_key(number), b"")) for number in range(count)]
            return [text.decode("utf-8", "surrogateescape") for text in texts]

        return self._consistent(LABELS_TABLE, read)

    def indices_of(self, split: Split | None = None, label: str | None = None) -> np.ndarray:
        """Return the indices of all records of a split, of a label, or both: int64 (N,), ascending.

        Raises:
            StoreError: no record has this label.
        """
        chosen = np.ones(len(self), bool)
        if split is not None:
            chosen &= self._splits() == SPLITS.index(split)
        if label is not None:
            labels = self.labels()
            if label not in labels:
                some = ", ".join(labels[:8]) or "none"
                raise StoreError(f"{self.path} has no photos labelled {label!r}; it has {some}.")
            chosen &= self.traits()["label"] == labels.index(label)
        return np.flatnonzero(chosen)

    def imports(self) -> list[ImportLedger]:
        """Return what was imported into the store, the oldest first.

        Raises:
            StoreError: a ledger is damaged.
        """

        def read(transaction: lmdb.Transaction) -> list[bytes]:
            with transaction.cursor() as cursor:
                return [bytes(value) for value in cursor.iternext(keys=False)]

        try:
            return [
                ImportLedger.from_json(ledger) for ledger in self._consistent(IMPORTS_TABLE, read)
            ]
        except ValueError as error:
            raise StoreError(f"{self.path} {error}; {_REPAIR}") from error

    def rejects(self) -> Iterator[tuple[int, int, Reject]]:
        """Yield the files that were left out: number of the import, ordinal of the file, and it.

        Exact duplicates name the record's photo in their reason.

        Raises:
            StoreError: the list is damaged.
        """
        after = b""
        while rows := self._rejects_after(after):
            for key, value in rows:
                try:
                    reject = Reject.from_json(value)
                except ValueError as error:
                    raise StoreError(f"{self.path} {error}; {_REPAIR}") from error
                if reject.duplicate_of is not None:
                    original = self._identity_of(bytes.fromhex(reject.duplicate_of))
                    reject = replace(reject, reason=f"{reject.reason} of {original}")
                yield int.from_bytes(key[:4], "big"), int.from_bytes(key[4:], "big"), reject
            after = rows[-1][0]

    def rows(self) -> Iterator[tuple[bytes, bytes, bytes]]:
        """Yield key, packed `IndexEntry` and record of every picture, as the digest covers them."""
        at_once = max(1, _READ_AHEAD_BYTES // (self.size * self.size * self.channels))
        for start in range(0, len(self), at_once):
            keys = record_keys(range(start, min(start + at_once, len(self))))
            entries = self._values(INDEX_TABLE, keys)
            yield from zip(keys, entries, self._values(RECORDS_TABLE, keys), strict=True)

    def verify(self, progress: Callable[[int], object] = lambda records: None) -> None:
        """Read everything and compare the digest; `progress` gets the records done so far.

        Raises:
            StoreError: the records are not those that were committed.
        """
        digest = EMPTY_STORE_DIGEST
        for index, (key, entry, record) in enumerate(self.rows(), start=1):
            digest = next_digest(digest, key, entry, record)
            progress(index)
        if digest != self.digest:
            raise StoreError(f"{self.path} does not match its digest; {_REPAIR}")

    def _splits(self) -> np.ndarray:
        def read(transaction: lmdb.Transaction) -> bytes:
            with transaction.cursor() as cursor:
                return bytes(value[0] for value in cursor.iternext(keys=False))

        return np.frombuffer(self._consistent(INDEX_TABLE, read), np.uint8)[: len(self)]

    def _values(self, table: bytes, keys: Sequence[bytes]) -> list[bytes]:
        return self._consistent(
            table, lambda transaction: [bytes(transaction.get(key, b"")) for key in keys]
        )

    def _joined(self, table: bytes) -> bytes:
        def read(transaction: lmdb.Transaction) -> bytes:
            with transaction.cursor() as cursor:
                return b"".join(cursor.iternext(keys=False))

        return self._consistent(table, read)

    def _rejects_after(self, after: bytes) -> list[tuple[bytes, bytes]]:
        def read(transaction: lmdb.Transaction) -> list[tuple[bytes, bytes]]:
            with transaction.cursor() as cursor:
                if not cursor.set_range(after + b"\0"):
                    return []
                rows = islice(cursor.iternext(), _REJECTS_AT_ONCE)
                return [(bytes(key), bytes(value)) for key, value in rows]

        return self._consistent(REJECTS_TABLE, read)

    def _identity_of(self, content_sha256: bytes) -> str:
        (key,) = self._values(CONTENTS_TABLE, [content_sha256])
        (packed,) = self._values(INDEX_TABLE, [key])
        if not packed:
            raise StoreError(f"{self.path} has holes in its index; {_REPAIR}")
        return IndexEntry.from_bytes(packed).identity

    def _keys(self, indices: Sequence[int] | np.ndarray) -> list[bytes]:
        wanted = np.asarray(indices, dtype=np.int64)
        if wanted.size and (wanted.min() < 0 or wanted.max() >= len(self)):
            raise StoreError(f"{self.path} holds {len(self)} records, numbered from 0.")
        return record_keys(wanted)

    def _consistent(self, table: bytes, read: Callable[[lmdb.Transaction], Result]) -> Result:
        """Return what `read` makes of one committed state of a table, while another process writes.

        Reading takes no lock. A writer keeps every state since it opened the store, and the state
        before the last is written over by the third commit from it at the earliest: so a reading
        that no more than one commit has overtaken saw nothing but its own state.
        """
        environment, handle = self._opened(table)
        return self._read_in(environment, handle, read)

    def _read_in(
        self, environment: lmdb.Environment, handle: Any, read: Callable[[lmdb.Transaction], Result]
    ) -> Result:
        for _ in range(_MOST_ATTEMPTS):
            with environment.begin(db=handle, buffers=True) as transaction:
                if environment.info()["last_txnid"] != transaction.id():
                    continue
                result = read(transaction)
                if environment.info()["last_txnid"] <= transaction.id() + 1:
                    return result
        raise StoreError(f"{self.path} changes faster than it can be read; try again later.")

    def _opened(self, table: bytes) -> tuple[lmdb.Environment, Any]:
        if self._environment is None or self._process_id != os.getpid():
            self._environment = open_for_reading(self.path)
            self._process_id = os.getpid()
            self._tables = {}
        if table not in self._tables:
            try:
                self._tables[table] = open_table(self._environment, table)
            except lmdb.Error as error:
                raise StoreError(
                    f"{self.path} has no table of {table.decode()}; {_REPAIR}"
                ) from error
        return self._environment, self._tables[table]

    def _read_meta(self) -> StoreMeta:
        environment = open_for_reading(self.path)
        try:
            data = self._read_in(environment, None, lambda found: bytes(found.get(META_KEY, b"")))
            if not data:
                raise ValueError("is an LMDB environment but not a photo store")
            return StoreMeta.from_json(data)
        except ValueError as error:
            raise StoreError(f"{self.path} {error}; import the photos again.") from error
        except lmdb.Error as error:
            raise StoreError(f"{self.path} is damaged ({error}); {_REPAIR}") from error
