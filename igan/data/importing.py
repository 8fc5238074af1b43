"""From a collection of photos to a store: load, fit, drop duplicates, list what is unfit.

A new store is filled in a folder beside its name and takes the name when it is complete. What an
import was asked for and how far it came is in its ledger, inside the store; so an import that was
interrupted, or killed at any moment, goes on where it stopped.
"""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from igan.data.encoding import Encoding
from igan.data.import_engine import ImportProgress, ShowProgress, carry_out
from igan.data.import_ledger import (
    WHOLE_SOURCE,
    ImportLedger,
    Shard,
    options_document,
    options_from_document,
)
from igan.data.preparing import Anchor, Fit, PictureSettings
from igan.data.rejected_file import REJECTED_FILE, write_rejected_file
from igan.data.sources import PhotoSource, SourceOptions, open_source
from igan.data.sources.source_options import NO_OPTIONS
from igan.data.split import Split
from igan.data.store import Store
from igan.data.store_format import StoreSource
from igan.data.store_writer import StoreWriter
from igan.errors import SourceError, StoreError
from serve.staging import refuse_existing

__all__ = [
    "ImportProgress",
    "ImportReport",
    "append_photos",
    "import_photos",
    "resume_import",
    "unfinished_import",
    "unfinished_path",
]

ShowPreparation = Callable[[int, int | None], object]


@dataclass(frozen=True)
class ImportReport:
    """What an import did; every rejected file and duplicate is a line of `rejected_file`.

    Attributes:
        imported: photos that this import added.
        is_append: whether the store was there before.
        count: photos in the store.
        split_counts: of these, in each split.
    """

    store: Path
    imported: int
    is_append: bool
    count: int
    split_counts: dict[Split, int]
    rejected: int
    duplicates: int

    @property
    def rejected_file(self) -> Path:
        return self.store / REJECTED_FILE


def unfinished_path(out: str | Path) -> Path:
    """Return the folder in which a new store is filled until it is complete."""
    out = Path(out)
    return out.with_name(f"{out.name}.unfinished")


def import_photos(
    source: str | Path,
    out: str | Path,
    size: int = 64,
    *,
    channels: int = 3,
    fit: Fit = "crop",
    anchor: Anchor = "centre",
    trim: bool = False,
    encoding: Encoding = "raw",
    licence: str = "",
    kind: str | None = None,
    options: SourceOptions = NO_OPTIONS,
    shard: Shard = WHOLE_SOURCE,
    workers: int | None = None,
    preparation: ShowPreparation = lambda done, total: None,
    progress: ShowProgress = lambda progress: None,
) -> ImportReport:
    """Import photos into a new store.

    The records, their order and so the digest are the same for any number of `workers` (threads;
    the default is one a core), and whether or not the import was interrupted. Files that cannot be
    decoded and exact duplicates are left out and listed with the reason.

    Args:
        size, channels, fit, anchor, trim: of the pictures; see `PictureSettings`.
        licence: the terms of these photos, kept with them; default: those of the source's kind.
        kind: what kind of source lies there; default: what it looks like.
        options: what to take from the source.
        shard: the part of the source to import, for `igan.data.merging` to put together.
        preparation: gets done and total of what the source does first, such as downloading.

    Raises:
        SourceError: the source cannot be read or gives no picture.
        OutputExistsError: `out` is taken.
        StoreError: an import of the same name is unfinished.
        ConfigError: no store has pictures of these settings.
    """
    pictures = PictureSettings(size, channels, fit, anchor, trim)
    out = Path(out)
    refuse_existing(out)
    collection = open_source(source, kind, options)
    _refuse_unfinished(out)
    total = _counted(source, collection, preparation)
    staging = unfinished_path(out)
    staging.mkdir(parents=True)
    writer = StoreWriter(staging, **asdict(pictures), encoding=encoding)
    with writer:
        ledger = _new_ledger(writer, 0, source, collection, options, licence, shard)
        ledger = carry_out(writer, ledger, collection, total, workers, progress)
    return _complete(out, ledger)


def append_photos(
    source: str | Path,
    out: str | Path,
    *,
    licence: str = "",
    kind: str | None = None,
    options: SourceOptions = NO_OPTIONS,
    workers: int | None = None,
    preparation: ShowPreparation = lambda done, total: None,
    progress: ShowProgress = lambda progress: None,
) -> ImportReport:
    """Import more photos into a store, made as its pictures are; others may read it meanwhile.

    The arguments are those of `import_photos`.

    Raises:
        SourceError: the source cannot be read or holds no photos.
        StoreError: there is no store, it is a shard, or an import into it is unfinished.
    """
    out = Path(out)
    ledgers = Store(out).imports()
    if ledgers and not ledgers[-1].finished:
        raise _unfinished(out, ledgers[-1])
    if any(ledger.shard != WHOLE_SOURCE for ledger in ledgers):
        raise StoreError(f"{out} is one shard of an import; merge the shards, then add to that.")
    collection = open_source(source, kind, options)
    total = _counted(source, collection, preparation)
    with StoreWriter.reopen(out, is_read=True) as writer:
        ledger = _new_ledger(
            writer, len(ledgers), source, collection, options, licence, WHOLE_SOURCE
        )
        ledger = carry_out(writer, ledger, collection, total, workers, progress)
    write_rejected_file(Store(out))
    return _report(out, ledger)


def resume_import(
    out: str | Path,
    *,
    workers: int | None = None,
    preparation: ShowPreparation = lambda done, total: None,
    progress: ShowProgress = lambda progress: None,
) -> ImportReport:
    """Go on with the unfinished import of a store, as it was asked for; finished, say what it did.

    Raises:
        SourceError: the source cannot be read, or has changed since.
        StoreError: there is neither a store nor an unfinished import of one.
    """
    out = Path(out)
    is_new = not out.exists()
    folder = unfinished_path(out) if is_new else out
    ledger = unfinished_import(out) or _last_ledger(Store(folder))
    if not ledger.finished:
        options = options_from_document(ledger.source_options)
        collection = open_source(ledger.source_path, ledger.source_kind, options)
        total = _counted(ledger.source_path, collection, preparation)
        with StoreWriter.reopen(folder, is_read=not is_new) as writer:
            ledger = carry_out(writer, ledger, collection, total, workers, progress)
    if is_new:
        return _complete(out, ledger)
    write_rejected_file(Store(out))
    return _report(out, ledger)


def unfinished_import(out: str | Path) -> ImportLedger | None:
    """Return the ledger of an import into this store that is not complete, or None.

    What was killed before anything was imported counts as never begun, and is removed.

    Raises:
        StoreError: what stands there cannot be read.
    """
    out = Path(out)
    staging = unfinished_path(out)
    if out.exists():
        ledgers = Store(out).imports()
        return ledgers[-1] if ledgers and not ledgers[-1].finished else None
    if not staging.exists():
        return None
    try:
        ledgers = Store(staging).imports()
    except StoreError:
        ledgers = []
    if ledgers:
        return ledgers[-1]
    shutil.rmtree(staging)
    return None


def _refuse_unfinished(out: Path) -> None:
    if (ledger := unfinished_import(out)) is not None:
        raise _unfinished(out, ledger)


def _unfinished(out: Path, ledger: ImportLedger) -> StoreError:
    begin_anew = "" if out.exists() else f", or remove {unfinished_path(out)} to begin anew"
    return StoreError(
        f"an import of {ledger.source_path} into {out} stopped after {ledger.done} files; go on "
        f"with `igan data import --resume --out {out}`{begin_anew}."
    )


def _counted(
    source: str | Path, collection: PhotoSource, preparation: ShowPreparation
) -> int | None:
    """Prepare a source and return its number of files; None when only reading all would tell."""
    collection.prepare(preparation)
    total = collection.count()
    if total == 0:
        raise _nothing_there(source)
    return total


def _nothing_there(source: str | Path) -> SourceError:
    return SourceError(
        f"{source} holds no photos; name a folder or a file that does, or say with --source what "
        "kind of collection it is."
    )


def _new_ledger(
    writer: StoreWriter,
    number: int,
    source: str | Path,
    collection: PhotoSource,
    options: SourceOptions,
    licence: str,
    shard: Shard,
) -> ImportLedger:
    origin = StoreSource(collection.name, collection.kind, licence or collection.licence)
    ledger = ImportLedger(
        number=number,
        source_path=str(Path(source).absolute()),
        source_kind=collection.kind,
        source=writer.add_source(origin),
        source_options=options_document(options),
        shard=shard,
    )
    writer.commit(ledger)
    return ledger


def _complete(out: Path, ledger: ImportLedger) -> ImportReport:
    """Give a new store that is full its list of rejected files, and its name."""
    staging = unfinished_path(out)
    store = Store(staging)
    if len(store) == 0 and ledger.shard == WHOLE_SOURCE:
        reason = next((f"{r.identity} {r.reason}" for _, _, r in store.rejects()), None)
        del store
        shutil.rmtree(staging)
        if reason is None:
            raise _nothing_there(ledger.source_path)
        raise SourceError(
            f"none of the {ledger.done} photos in {ledger.source_path} could be read; the first: "
            f"{reason}"
        )
    write_rejected_file(store)
    refuse_existing(out)
    staging.rename(out)
    return _report(out, ledger)


def _last_ledger(store: Store) -> ImportLedger:
    if ledgers := store.imports():
        return ledgers[-1]
    raise StoreError(f"{store.path} was not made by an import; there is nothing to go on with.")


def _report(out: Path, ledger: ImportLedger) -> ImportReport:
    meta = Store(out).meta
    return ImportReport(
        store=out,
        imported=ledger.imported,
        is_append=ledger.number > 0,
        count=meta.count,
        split_counts=meta.split_counts,
        rejected=ledger.rejected,
        duplicates=ledger.duplicates,
    )
