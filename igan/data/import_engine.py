"""The work of an import: load, fit, hash and encode in threads; take the results in order."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from igan.data.encoding import Encoding, encode_record
from igan.data.import_ledger import ImportLedger, Reject
from igan.data.ordered_pool import map_in_order
from igan.data.perceptual_hash import perceptual_hash
from igan.data.preparing import PictureSettings, prepare_photo
from igan.data.remaining_files import NumberedFile, RemainingFiles
from igan.data.sources import PhotoSource, UnreadableFileError
from igan.data.split import split_by_identity
from igan.data.store_format import IndexEntry, StoreMeta
from igan.data.store_writer import StoreWriter
from igan.data.traits import Traits
from igan.errors import ConfigError, StoreError
from serve.errors import ServeError


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is.

    Attributes:
        done: files dealt with, those of an interrupted run before this one included.
        total: files to deal with; None when the source cannot know.
    """

    done: int
    total: int | None
    rejected: int
    duplicates: int


ShowProgress = Callable[[ImportProgress], object]


def carry_out(
    writer: StoreWriter,
    ledger: ImportLedger,
    collection: PhotoSource,
    total: int | None,
    workers: int | None,
    progress: ShowProgress,
) -> ImportLedger:
    """Deal with all files that the ledger has not counted yet; return it finished."""
    share = None if total is None else ledger.shard.share_of(total)
    files = RemainingFiles(collection, ledger)
    prepare = partial(
        _prepared,
        pictures=picture_settings(writer.meta),
        encoding=writer.meta.encoding,
        import_number=ledger.number,
    )
    for prepared in map_in_order(prepare, files, workers or os.cpu_count() or 1):
        ledger = _take(writer, ledger, prepared)
        if writer.commit_is_due():
            writer.begin_commit(ledger)
        progress(ImportProgress(ledger.done, share, ledger.rejected, ledger.duplicates))
    ledger = replace(
        ledger, next_ordinal=files.seen, files_digest=files.files_digest.hex(), finished=True
    )
    writer.commit(ledger)
    return ledger


@dataclass(frozen=True)
class _Prepared:
    """What became of a file: a record with its traits, or the reason why there is none."""

    numbered: NumberedFile
    content_sha256: bytes = b""
    record: bytes = b""
    traits: Traits | None = None
    problem: str = ""


def _prepared(
    numbered: NumberedFile, pictures: PictureSettings, encoding: Encoding, import_number: int
) -> _Prepared:
    """Load one file and make its record; runs in a worker thread."""
    file = numbered.file
    try:
        data = file.load()
        photo = prepare_photo(data, file.identity, pictures)
    except UnreadableFileError as error:
        return _Prepared(numbered, problem=str(error))
    except ServeError as error:
        return _Prepared(numbered, problem=str(error).removeprefix(file.identity).strip())
    traits = Traits(
        perceptual_hash(photo.picture),
        import_number,
        numbered.ordinal,
        photo.width_px,
        photo.height_px,
    )
    record = encode_record(photo.picture, encoding)
    return _Prepared(numbered, content_sha256(data), record, traits)


def content_sha256(data: "bytes | np.ndarray") -> bytes:
    """Return the SHA-256 of a file's bytes, or of the shape and samples of uint8 (H, W, C)."""
    if isinstance(data, bytes):
        return hashlib.sha256(data).digest()
    content = hashlib.sha256(repr(data.shape).encode())
    content.update(np.ascontiguousarray(data).data)
    return content.digest()


def _take(writer: StoreWriter, ledger: ImportLedger, prepared: _Prepared) -> ImportLedger:
    """Add a prepared file to the store or to its rejects; return the ledger that counts it."""
    numbered, file = prepared.numbered, prepared.numbered.file
    changes: dict[str, Any] = {}
    reject: Reject | None = None
    if prepared.traits is None:
        reject = Reject(file.identity, prepared.problem)
        changes["rejected"] = ledger.rejected + 1
    elif writer.find_content(prepared.content_sha256) is not None:
        reject = Reject.duplicate(file.identity, prepared.content_sha256)
        changes["duplicates"] = ledger.duplicates + 1
    else:
        split = file.split or split_by_identity(file.identity)
        entry = IndexEntry(file.identity, prepared.content_sha256, split, ledger.source, file.label)
        writer.add_record(prepared.record, entry, prepared.traits)
        changes["imported"] = ledger.imported + 1
    if reject is not None:
        writer.add_reject(ledger.number, numbered.ordinal, reject)
    return replace(
        ledger,
        next_ordinal=numbered.ordinal + 1,
        files_digest=numbered.files_digest.hex(),
        **changes,
    )


def picture_settings(meta: StoreMeta) -> PictureSettings:
    """Return how the pictures of a store were made.

    Raises:
        StoreError: they were not made from photos.
    """
    try:
        return PictureSettings(meta.size, meta.channels, meta.fit, meta.anchor, meta.trim)  # type: ignore[arg-type]
    except ConfigError as error:
        raise StoreError(
            f"no photos can be added to pictures that are {meta.fit}; import them into a store of "
            "their own."
        ) from error
