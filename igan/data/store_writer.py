"""Filling a photo store, transaction by transaction."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import lmdb
import numpy as np

from igan.data.digest import next_digest
from igan.data.encoding import Encoding, encode_record
from igan.data.lmdb_file import DATA_FILE, MAX_TABLES, pad_to_whole
from igan.data.store_format import (
    CONTENTS_TABLE,
    INDEX_TABLE,
    META_KEY,
    RECORDS_TABLE,
    IndexEntry,
    StoreMeta,
    StoreSource,
    record_key,
)
from igan.errors import StoreError

INITIAL_MAP_BYTES = 64 * 2**20
COMMIT_RECORDS = 512
COMMIT_BYTES = 32 * 2**20


class StoreWriter:
    """Fills a new store in an empty folder; `meta.count` grows with each committed transaction.

    Use it as a context manager: leaving it commits what is pending, leaving it by an exception
    drops that. Readers never see a record before its transaction.

    Raises:
        StoreError: the folder holds a store already.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        size: int,
        channels: int,
        encoding: Encoding = "raw",
        fit: str = "centre",
        sources: Sequence[StoreSource] = (),
    ) -> None:
        if (Path(folder) / DATA_FILE).exists():
            raise StoreError(f"{folder} holds a store already; fill an empty folder.")
        self.meta = StoreMeta(size, channels, encoding, fit, sources=tuple(sources))
        self._folder = folder
        self._map_bytes = INITIAL_MAP_BYTES
        self._environment = lmdb.open(
            os.fspath(folder), map_size=self._map_bytes, max_dbs=MAX_TABLES, sync=False
        )
        self._records, self._index, self._contents = map(
            self._environment.open_db, (RECORDS_TABLE, INDEX_TABLE, CONTENTS_TABLE)
        )
        self._pending: list[tuple[bytes, IndexEntry]] = []
        self._pending_contents: dict[bytes, str] = {}
        self._pending_bytes = 0
        self._commit_growing(self._put_meta)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self.commit()
                self._environment.sync(True)
        finally:
            self._environment.close()

    def find_content(self, content_sha256: bytes) -> str | None:
        """Return the identity of the record that was made from a file of this content, or None."""
        if (identity := self._pending_contents.get(content_sha256)) is not None:
            return identity
        with self._environment.begin() as transaction:
            key = transaction.get(content_sha256, db=self._contents)
            packed = None if key is None else transaction.get(key, db=self._index)
        return None if packed is None else IndexEntry.from_bytes(packed).identity

    def add(self, pixels: np.ndarray, entry: IndexEntry) -> None:
        """Append one picture, uint8 (size, size, channels)."""
        shape = (self.meta.size, self.meta.size, self.meta.channels)
        if pixels.dtype != np.uint8 or pixels.shape != shape:
            raise ValueError(f"a picture of this store is uint8 {shape}")
        record = encode_record(pixels, self.meta.encoding)
        self._pending.append((record, entry))
        self._pending_contents[entry.content_sha256] = entry.identity
        self._pending_bytes += len(record)
        if len(self._pending) >= COMMIT_RECORDS or self._pending_bytes >= COMMIT_BYTES:
            self.commit()

    def commit(self) -> None:
        """Make everything added so far part of the store, in one transaction."""
        rows: list[tuple[bytes, bytes, bytes, bytes]] = []
        count, digest = self.meta.count, self.meta.digest
        split_counts = dict(self.meta.split_counts)
        for record, entry in self._pending:
            key, packed = record_key(count), entry.to_bytes()
            rows.append((key, packed, record, entry.content_sha256))
            digest = next_digest(digest, key, packed, record)
            split_counts[entry.split] += 1
            count += 1
        self.meta = replace(self.meta, count=count, digest=digest, split_counts=split_counts)

        def put_rows(transaction: lmdb.Transaction) -> None:
            for key, packed, record, content_sha256 in rows:
                transaction.put(key, record, db=self._records, append=True)
                transaction.put(key, packed, db=self._index, append=True)
                transaction.put(content_sha256, key, db=self._contents, overwrite=False)
            self._put_meta(transaction)

        self._commit_growing(put_rows)
        self._pending.clear()
        self._pending_contents.clear()
        self._pending_bytes = 0

    def _put_meta(self, transaction: lmdb.Transaction) -> None:
        transaction.put(META_KEY, self.meta.to_json())

    def _commit_growing(self, put: Callable[[lmdb.Transaction], None]) -> None:
        while True:
            try:
                with self._environment.begin(write=True) as transaction:
                    put(transaction)
            except lmdb.MapFullError:
                self._map_bytes *= 2
                self._environment.set_mapsize(self._map_bytes)
            else:
                pad_to_whole(self._folder)
                return
