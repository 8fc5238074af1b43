"""A photo store as a source: to bring it to another size, to grey, or to draw sketches from it."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from igan.data.sources.lmdb_environment import DATA_FILE, PHOTO_STORE_KEY, has_key
from igan.data.sources.photo_source import PhotoSource, SourceFile, UnreadableFileError
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.errors import StoreError

if TYPE_CHECKING:
    import numpy as np

    from igan.data.store import Store

_ENTRIES_AT_ONCE = 512


class PhotoStoreSource(PhotoSource):
    """Reads a store's pictures in its order, with their identities, splits and labels."""

    kind = "store"

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.resolve().name
        stated = (source.licence for source in self._opened().meta.sources)
        self.licence = "; ".join(dict.fromkeys(filter(None, stated)))

    @staticmethod
    def lies_at(path: Path) -> bool:
        return (path / DATA_FILE).is_file() and has_key(path, PHOTO_STORE_KEY)

    def count(self) -> int:
        return len(self._opened())

    def files(self) -> Iterator[SourceFile]:
        store = self._opened()
        reading = Lock()  # a Store is read by one thread at a time
        for start in range(0, len(store), _ENTRIES_AT_ONCE):
            indices = range(start, min(start + _ENTRIES_AT_ONCE, len(store)))
            with reading:
                entries = store.entries(indices)
            for index, entry in zip(indices, entries, strict=True):
                load = partial(_read, store, index, reading)
                yield SourceFile(entry.identity, load, entry.split, entry.label)

    def _opened(self) -> "Store":
        from igan.data.store import Store

        return Store(self.path)


def _read(store: "Store", index: int, reading: Lock) -> "np.ndarray":
    try:
        with reading:
            return store.read([index])[0]
    except StoreError as error:
        raise UnreadableFileError("is damaged in the store") from error
