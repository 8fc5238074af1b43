"""Several stores of one shape read as if they were one."""

import hashlib
from collections.abc import Sequence

import numpy as np

from igan.data.split import Split
from igan.data.store import Store
from igan.data.store_format import IndexEntry, StoreSource
from igan.errors import StoreError


class SplitReader:
    """The records of one split of several stores, numbered from 0 in the order of the stores.

    Raises:
        StoreError: the stores differ in size or channels, or the split is empty.
    """

    def __init__(self, stores: Sequence[Store], split: Split) -> None:
        self.stores = list(stores)
        self.split = split
        members = [store.indices_of(split) for store in self.stores]
        self._store_of = np.repeat(np.arange(len(members)), [len(part) for part in members])
        self._index_in_store = np.concatenate(members)
        if len(self) == 0:
            names = ", ".join(str(store.path) for store in self.stores)
            part = "training" if split == "train" else "held-out"
            raise StoreError(
                f"{names} has no {part} photos; import more photos, or a source whose folders "
                "`train` and `test` both hold some."
            )

    def __len__(self) -> int:
        return len(self._index_in_store)

    def entries(self, positions: np.ndarray) -> list[IndexEntry]:
        """Return where these pictures came from; `source` counts within their own store."""
        places = zip(self._store_of[positions], self._index_in_store[positions], strict=True)
        return [self.stores[store].entries([index])[0] for store, index in places]

    def read(self, positions: np.ndarray) -> np.ndarray:
        """Return these pictures, in this order, as uint8 (N, H, W, C)."""
        index_in_store = self._index_in_store[positions]
        if len(self.stores) == 1:
            return self.stores[0].read(index_in_store)
        store_of = self._store_of[positions]
        first = self.stores[0]
        pictures = np.empty((len(positions), first.size, first.size, first.channels), np.uint8)
        for number in np.unique(store_of):
            chosen = store_of == number
            pictures[chosen] = self.stores[number].read(index_in_store[chosen])
        return pictures


def open_alike(paths: Sequence[str], decoding_threads: int = 1) -> list[Store]:
    """Open stores that are read together.

    Args:
        decoding_threads: that decode the records of a batch, where they are encoded.

    Raises:
        StoreError: none is named, one cannot be read, or they differ in size or channels.
    """
    if not paths:
        raise StoreError("no photo store is named; make one with `igan data import` first.")
    stores = [Store(path, decoding_threads) for path in paths]
    for store in stores[1:]:
        if (store.size, store.channels) != (stores[0].size, stores[0].channels):
            raise StoreError(
                f"{store.path} holds pictures of {_shape(store)} and {stores[0].path} of "
                f"{_shape(stores[0])}; import them alike."
            )
    return stores


def check_shape(store: Store, size: int, channels: int) -> None:
    """Refuse a store whose pictures are not of the shape a model works on.

    Raises:
        StoreError: the store has another size or another number of channels.
    """
    if (store.size, store.channels) != (size, channels):
        raise StoreError(
            f"{store.path} holds pictures of {_shape(store)} and the model works on "
            f"{size}x{size}x{channels}; import the photos again with `--size {size}` or change "
            "the model's configuration."
        )


def combined_digest(stores: Sequence[Store]) -> str:
    """Return the digest of one store, or one over the digests of several, in their order."""
    if len(stores) == 1:
        return stores[0].digest
    return hashlib.sha256("".join(store.digest for store in stores).encode()).hexdigest()


def combined_sources(stores: Sequence[Store]) -> list[StoreSource]:
    """Return the sources of all stores with their licences, each once, in their order."""
    return list(dict.fromkeys(source for store in stores for source in store.meta.sources))


def _shape(store: Store) -> str:
    return f"{store.size}x{store.size}x{store.channels}"
