"""Filling a photo store, transaction by transaction."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import lmdb
import numpy as np

from igan.data.digest import next_digest
from igan.data.encoding import Encoding, encode_record
from igan.data.import_ledger import ImportLedger, Reject
from igan.data.lmdb_file import DATA_FILE, check_whole, open_for_writing, reserve, trim_to_whole
from igan.data.perceptual_hash import perceptual_hash
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
    StoreSource,
    import_key,
    label_key,
    label_number_key,
    record_key,
    reject_key,
)
from igan.data.traits import NO_LABEL, Traits
from igan.errors import StoreError

COMMIT_RECORDS = 4096
COMMIT_BYTES = 8 * 2**20
COMMIT_SECONDS = 5.0


@dataclass
class _Pending:
    """What is added to the store by the next transaction."""

    rows: list[tuple[bytes, IndexEntry, Traits]] = field(default_factory=list)
    contents: dict[bytes, str] = field(default_factory=dict)
    rejects: dict[bytes, Reject] = field(default_factory=dict)
    record_bytes: int = 0


class StoreWriter:
    """Fills a store in `folder`; `meta.count` grows with each committed transaction.

    Use it as a context manager: leaving it commits what is pending, leaving it by an exception
    drops that. Readers never see a record before its transaction, and go on reading what they
    see; a process killed at any moment leaves what was committed.

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
        fit: str = "crop",
        anchor: str = "centre",
        trim: bool = False,
        sources: Sequence[StoreSource] = (),
    ) -> None:
        if (Path(folder) / DATA_FILE).exists():
            raise StoreError(f"{folder} holds a store already; fill an empty folder.")
        meta = StoreMeta(
            size, channels, encoding, fit, sources=tuple(sources), anchor=anchor, trim=trim
        )
        self._open(Path(folder))
        self.meta = meta
        self.commit()

    @classmethod
    def reopen(cls, folder: str | os.PathLike[str], *, is_read: bool) -> Self:
        """Open a store to add to it.

        Args:
            is_read: whether others may be reading it; what they can see is then never written
                over, which takes a little more space.

        Raises:
            StoreError: there is none, or it was cut off, or it is of another format version.
        """
        check_whole(Path(folder))
        writer = cls.__new__(cls)
        writer._open(Path(folder))
        try:
            with writer._environment.begin() as transaction:
                writer.meta = StoreMeta.from_json(transaction.get(META_KEY) or b"")
                writer._last_transaction = transaction.id()
        except ValueError as error:
            writer.close()
            raise StoreError(f"{folder} {error}; import the photos again.") from error
        if is_read:
            # LMDB writes over pages that no transaction can see: this one keeps them visible.
            writer._kept_visible = writer._environment.begin()
        return writer

    def _open(self, folder: Path) -> None:
        self._folder = folder
        self._environment = open_for_writing(folder)
        tables = (
            RECORDS_TABLE,
            INDEX_TABLE,
            TRAITS_TABLE,
            LABELS_TABLE,
            CONTENTS_TABLE,
            IMPORTS_TABLE,
            REJECTS_TABLE,
        )
        (
            self._records,
            self._index,
            self._traits,
            self._labels,
            self._contents,
            self._imports,
            self._rejects,
        ) = map(self._environment.open_db, tables)
        self._kept_visible: lmdb.Transaction | None = None
        self._last_transaction: int = self._environment.info()["last_txnid"]
        self._pending, self._in_commit = _Pending(), _Pending()
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._commit: Future[None] | None = None
        self._committed_at_s = time.monotonic()

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
            self.close()

    def close(self) -> None:
        """Close the store; what was not committed is dropped."""
        self._committer.shutdown()
        if self._kept_visible is not None:
            self._kept_visible.abort()
        self._environment.close()
        trim_to_whole(self._folder)

    def find_content(self, content_sha256: bytes) -> str | None:
        """Return the identity of the record that was made from a file of this content, or None."""
        for added in (self._pending, self._in_commit):
            if (identity := added.contents.get(content_sha256)) is not None:
                return identity
        with self._environment.begin() as transaction:
            key = transaction.get(content_sha256, db=self._contents)
            packed = None if key is None else transaction.get(key, db=self._index)
        return None if packed is None else IndexEntry.from_bytes(packed).identity

    def add(self, pixels: np.ndarray, entry: IndexEntry) -> None:
        """Append one picture, uint8 (size, size, channels), and commit when enough are pending."""
        shape = (self.meta.size, self.meta.size, self.meta.channels)
        if pixels.dtype != np.uint8 or pixels.shape != shape:
            raise ValueError(f"a picture of this store is uint8 {shape}")
        record = encode_record(pixels, self.meta.encoding)
        self.add_record(record, entry, Traits(perceptual_hash(pixels)))
        if self.commit_is_due():
            self.begin_commit()

    def add_record(self, record: bytes, entry: IndexEntry, traits: Traits) -> None:
        """Append one picture that is encoded already; it stays pending until `commit`."""
        self._pending.rows.append((record, entry, traits))
        self._pending.contents[entry.content_sha256] = entry.identity
        self._pending.record_bytes += len(record)

    def add_reject(self, import_number: int, ordinal: int, reject: Reject) -> None:
        """Note a file that was left out; it stays pending until `commit`."""
        self._pending.rejects[reject_key(import_number, ordinal)] = reject

    def add_source(self, source: StoreSource) -> int:
        """Return the position of a source in `meta.sources`, where it is added if it is new."""
        self._finish_commit()
        if source not in self.meta.sources:
            self.meta = replace(self.meta, sources=(*self.meta.sources, source))
        return self.meta.sources.index(source)

    def commit_is_due(self) -> bool:
        """Tell whether so much is pending, or for so long, that it should be committed."""
        return (
            len(self._pending.rows) >= COMMIT_RECORDS
            or self._pending.record_bytes >= COMMIT_BYTES
            or time.monotonic() - self._committed_at_s >= COMMIT_SECONDS
        )

    def commit(self, ledger: ImportLedger | None = None) -> None:
        """Make everything added so far part of the store, in one transaction.

        Args:
            ledger: where the import stands with it.

        Raises:
            StoreError: another process has added to the store meanwhile, or it is too large.
        """
        self.begin_commit(ledger)
        self._finish_commit()

    def begin_commit(self, ledger: ImportLedger | None = None) -> None:
        """Do what `commit` does in a thread, while more is added; the next commit waits for it.

        Raises:
            StoreError: as `commit`, for the commit that was begun before.
        """
        self._finish_commit()
        self._in_commit, self._pending = self._pending, _Pending()
        self._commit = self._committer.submit(self._put, self._in_commit, ledger)
        self._committed_at_s = time.monotonic()

    def _finish_commit(self) -> None:
        if self._commit is not None:
            self._commit.result()
            self._commit = None
        self._in_commit = _Pending()

    def _put(self, added: _Pending, ledger: ImportLedger | None) -> None:
        reserve(self._folder, added.record_bytes)
        count, digest = self.meta.count, self.meta.digest
        split_counts = dict(self.meta.split_counts)
        try:
            with self._environment.begin(write=True) as transaction:
                self._check_alone(transaction)
                for record, entry, traits in added.rows:
                    key, packed = record_key(count), entry.to_bytes()
                    row = traits.to_bytes(self._label_number(transaction, entry.label))
                    transaction.put(key, record, db=self._records, append=True)
                    transaction.put(key, packed, db=self._index, append=True)
                    transaction.put(key, row, db=self._traits, append=True)
                    transaction.put(entry.content_sha256, key, db=self._contents, overwrite=False)
                    digest = next_digest(digest, key, packed, record)
                    split_counts[entry.split] += 1
                    count += 1
                for place, reject in added.rejects.items():
                    transaction.put(place, reject.to_json(), db=self._rejects)
                if ledger is not None:
                    key = import_key(ledger.number)
                    transaction.put(key, ledger.to_json(), db=self._imports)
                meta = replace(self.meta, count=count, digest=digest, split_counts=split_counts)
                transaction.put(META_KEY, meta.to_json())
                self._last_transaction = transaction.id()
        except lmdb.MapFullError as error:
            raise StoreError(
                f"{self._folder} cannot grow any more; import into several stores and name all of "
                "them where they are read."
            ) from error
        except lmdb.Error as error:
            raise StoreError(
                f"{self._folder} cannot be written ({error}); make room on its disk, then go on "
                "with `igan data import --resume`."
            ) from error
        self.meta = meta

    def _check_alone(self, transaction: lmdb.Transaction) -> None:
        if transaction.id() != self._last_transaction + 1:
            raise StoreError(
                f"another process is adding to {self._folder}; let it finish, then go on with "
                "`--resume`."
            )

    def _label_number(self, transaction: lmdb.Transaction, label: str | None) -> int:
        if label is None:
            return NO_LABEL
        place = label_number_key(label)
        if (found := transaction.get(place, db=self._labels)) is not None:
            return int.from_bytes(found, "big")
        number = transaction.stat(self._labels)["entries"] // 2
        transaction.put(place, number.to_bytes(4, "big"), db=self._labels)
        text = label.encode("utf-8", "surrogateescape")
        transaction.put(label_key(number), text, db=self._labels)
        return number
