"""The shards of one import put together: the store that the undivided import would have made."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from igan.data.digest import EMPTY_STORE_DIGEST, next_digest
from igan.data.import_ledger import WHOLE_SOURCE, ImportLedger, Reject
from igan.data.importing import unfinished_path
from igan.data.rejected_file import write_rejected_file
from igan.data.store import Store
from igan.data.store_format import IndexEntry
from igan.data.store_writer import StoreWriter
from igan.data.traits import Traits
from igan.errors import StoreError
from serve.staging import staged_folder

PICTURE_SETTINGS = ("size", "channels", "encoding", "fit", "anchor", "trim")


@dataclass(frozen=True)
class _Dealt:
    """What a shard made of one file: a record, or a reject."""

    ordinal: int
    entry: IndexEntry | None = None
    traits: Traits | None = None
    record: bytes = b""
    reject: Reject | None = None


def merge_shards(
    shards: Sequence[str | Path],
    out: str | Path,
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> ImportLedger:
    """Merge all shards of one import into a new store and return its ledger.

    The store, its digest and its list of rejected files are those of the import that was not cut
    into shards: the files stand in the order of their source, and of exact duplicates in several
    shards the first is kept. `progress` gets files done and their total.

    Raises:
        StoreError: a shard is missing, unfinished, damaged or there twice, or the shards are of
            different imports.
        OutputExistsError: `out` is taken.
    """
    stores = [_shard(Path(shard)) for shard in shards]
    ledgers = [store.imports()[0] for store in stores]
    _check_complete(stores, ledgers)
    meta = stores[0].meta
    total = sum(ledger.done for ledger in ledgers)
    ledger = replace(ledgers[0], shard=WHOLE_SOURCE, imported=0, rejected=0, duplicates=0)
    out = Path(out)
    with staged_folder(out) as staging:
        with StoreWriter(
            staging,
            **{name: getattr(meta, name) for name in PICTURE_SETTINGS},
            sources=meta.sources,
        ) as writer:
            dealt = heapq.merge(*map(_dealt, stores), key=attrgetter("ordinal"))
            for done, file in enumerate(dealt, start=1):
                ledger = _take(writer, ledger, file)
                if writer.commit_is_due():
                    writer.begin_commit()
                progress(done, total)
            writer.commit(ledger)
        write_rejected_file(Store(staging))
    return ledger


def _take(writer: StoreWriter, ledger: ImportLedger, file: _Dealt) -> ImportLedger:
    reject = file.reject
    if file.entry is not None and file.traits is not None:
        if writer.find_content(file.entry.content_sha256) is None:
            writer.add_record(file.record, file.entry, file.traits)
            return replace(ledger, imported=ledger.imported + 1)
        reject = Reject.duplicate(file.entry.identity, file.entry.content_sha256)
    if reject is None:
        raise ValueError("a file that was dealt with is a record or a reject")
    writer.add_reject(0, file.ordinal, reject)
    if reject.duplicate_of is not None:
        return replace(ledger, duplicates=ledger.duplicates + 1)
    return replace(ledger, rejected=ledger.rejected + 1)


def _dealt(store: Store) -> Iterator[_Dealt]:
    """Yield what became of the files of a shard, by ordinal, checking its digest on the way."""
    return heapq.merge(_records(store), _rejects(store), key=attrgetter("ordinal"))


def _records(store: Store) -> Iterator[_Dealt]:
    digest = EMPTY_STORE_DIGEST
    for row, (key, packed, record) in zip(store.traits(), store.rows(), strict=True):
        digest = next_digest(digest, key, packed, record)
        traits = Traits(**{name: int(row[name]) for name in Traits._fields})
        yield _Dealt(traits.ordinal, IndexEntry.from_bytes(packed), traits, record)
    if digest != store.digest:
        raise StoreError(f"{store.path} does not match its digest; import that shard again.")


def _rejects(store: Store) -> Iterator[_Dealt]:
    for _, ordinal, reject in store.rejects():
        if reject.duplicate_of is not None:
            reject = Reject.duplicate(reject.identity, bytes.fromhex(reject.duplicate_of))
        yield _Dealt(ordinal, reject=reject)


def _shard(path: Path) -> Store:
    if not path.exists() and unfinished_path(path).exists():
        raise StoreError(
            f"{path} is unfinished; go on with `igan data import --resume --out {path}` first."
        )
    store = Store(path)
    ledgers = store.imports()
    if len(ledgers) != 1 or not ledgers[0].finished:
        raise StoreError(f"{path} is not one shard of an import; name stores made with --shard.")
    return store


def _check_complete(stores: Sequence[Store], ledgers: Sequence[ImportLedger]) -> None:
    if not stores:
        raise StoreError("no shard is named; name all stores that were made with --shard.")
    first, first_ledger = stores[0], ledgers[0]
    of = first_ledger.shard.of
    at: dict[int, Store] = {}
    for store, ledger in zip(stores, ledgers, strict=True):
        if ledger.shard.of != of:
            raise StoreError(f"{store.path} is shard {ledger.shard}, {first.path} one of {of}.")
        for name in PICTURE_SETTINGS:
            if getattr(store.meta, name) != getattr(first.meta, name):
                raise StoreError(
                    f"{store.path} was made with {name} {getattr(store.meta, name)} and "
                    f"{first.path} with {getattr(first.meta, name)}; import the shards alike."
                )
        if _origin(store, ledger) != _origin(first, first_ledger):
            raise StoreError(
                f"{store.path} and {first.path} are not shards of one source: its files, or the "
                "choice of them, differ; import the shards of one state of it."
            )
        if (twin := at.setdefault(ledger.shard.number, store)) is not store:
            raise StoreError(f"{store.path} and {twin.path} are both shard {ledger.shard}.")
    if missing := sorted(set(range(1, of + 1)) - set(at)):
        some = ", ".join(f"{number}/{of}" for number in missing[:8])
        raise StoreError(f"shard {some} is missing; name all {of} shards.")


def _origin(store: Store, ledger: ImportLedger) -> tuple[object, ...]:
    chosen = {
        name: value
        for name, value in ledger.source_options.items()
        if name not in ("root", "downloads")
    }
    return (
        ledger.files_digest,
        ledger.next_ordinal,
        ledger.source_kind,
        chosen,
        store.meta.sources,
    )
