"""From a collection of photo files to a store: decode, fit, drop duplicates, list what is unfit."""

import csv
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from igan.data.encoding import Encoding
from igan.data.ordered_pool import map_in_order
from igan.data.sources import SourceFile, open_source
from igan.data.split import Split, split_by_identity
from igan.data.store_format import IndexEntry, StoreSource, check_picture_size
from igan.data.store_writer import StoreWriter
from igan.errors import SourceError
from serve.errors import ServeError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import decode_photo
from serve.staging import staged_folder

Fit = Literal["centre", "whole"]
FITS: tuple[Fit, ...] = get_args(Fit)

REJECTED_FILE = "rejected.csv"


@dataclass(frozen=True)
class ImportProgress:
    """How far an import is; `total` counts files, of which `done` are dealt with."""

    done: int
    total: int
    rejected: int
    duplicates: int


@dataclass(frozen=True)
class ImportReport:
    """What an import did; every rejected file and duplicate is a line of `rejected_file`."""

    store: Path
    imported: int
    split_counts: dict[Split, int]
    rejected: int
    duplicates: int

    @property
    def rejected_file(self) -> Path:
        return self.store / REJECTED_FILE


@dataclass(frozen=True)
class _Prepared:
    file: SourceFile
    content_sha256: bytes
    pixels: np.ndarray | None
    problem: str | None


def import_photos(
    source: str | Path,
    out: str | Path,
    size: int = 64,
    *,
    channels: int = 3,
    fit: Fit = "centre",
    encoding: Encoding = "raw",
    licence: str = "",
    workers: int | None = None,
    progress: Callable[[ImportProgress], object] = lambda progress: None,
) -> ImportReport:
    """Import a folder or a zip file of photos into a new store.

    The records, their order and so the digest are the same for any number of `workers` (threads;
    the default is one a core). Files that cannot be decoded and exact duplicates are left out and
    listed with the reason. The store appears under its name when it is complete.

    Args:
        fit: `centre` takes the largest centred square of a photo; `whole` its smallest enclosing
            square, in which the border pixels are repeated.
        licence: the terms of these photos, kept with them.

    Raises:
        SourceError: the source cannot be read or gives no picture.
        OutputExistsError: `out` is taken.
        ConfigError: no store has pictures of this size.
    """
    check_picture_size(size)
    collection = open_source(source)
    total = collection.count()
    if total == 0:
        raise SourceError(f"{source} holds no photos; name a folder or a zip file that does.")
    prepare = partial(_prepared, size=size, channels=channels, fit=fit)
    origin = StoreSource(collection.name, collection.kind, licence)
    out = Path(out)
    rejected = duplicates = 0
    first_problem = ""
    with (
        staged_folder(out) as staging,
        (staging / REJECTED_FILE).open(
            "w", newline="", encoding="utf-8", errors="surrogateescape"
        ) as rejected_file,
        StoreWriter(
            staging, size=size, channels=channels, encoding=encoding, fit=fit, sources=[origin]
        ) as writer,
    ):
        rejects = csv.writer(rejected_file)
        rejects.writerow(("identity", "reason"))
        for done, prepared in enumerate(
            map_in_order(prepare, collection.files(), workers or os.cpu_count() or 1), start=1
        ):
            file = prepared.file
            if prepared.pixels is None:
                rejected += 1
                first_problem = first_problem or f"{file.identity} {prepared.problem}"
                rejects.writerow((file.identity, prepared.problem))
            elif (original := writer.find_content(prepared.content_sha256)) is not None:
                duplicates += 1
                rejects.writerow((file.identity, f"is an exact duplicate of {original}"))
            else:
                writer.add(prepared.pixels, _entry(file, prepared.content_sha256))
            progress(ImportProgress(done, total, rejected, duplicates))
        writer.commit()
        if writer.meta.count == 0:
            raise SourceError(
                f"none of the {total} photos in {source} could be read; the first: {first_problem}"
            )
    return ImportReport(out, writer.meta.count, writer.meta.split_counts, rejected, duplicates)


def _prepared(file: SourceFile, size: int, channels: int, fit: Fit) -> _Prepared:
    """Decode one file and bring it to the store's size, or say why that cannot be done."""
    content_sha256 = hashlib.sha256(file.data).digest()
    if file.problem is not None:
        return _Prepared(file, content_sha256, None, file.problem)
    try:
        photo = decode_photo(file.data, file.identity)
        frame = PhotoFrame.centre_square if fit == "centre" else PhotoFrame.whole
        pixels = frame(photo, size).crop(photo.as_uint8(channels))
    except ServeError as error:
        problem = str(error).removeprefix(file.identity).strip()
        return _Prepared(file, content_sha256, None, problem)
    return _Prepared(file, content_sha256, pixels, None)


def _entry(file: SourceFile, content_sha256: bytes) -> IndexEntry:
    split = file.split or split_by_identity(file.identity)
    return IndexEntry(file.identity, content_sha256, split, label=file.label)
