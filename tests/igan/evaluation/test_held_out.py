import hashlib
from pathlib import Path

import numpy as np
import pytest

from igan.data.store import Store, StoreWriter
from igan.data.store_format import IndexEntry
from igan.errors import StoreError
from igan.evaluation.held_out import held_out_photos


def store_of(folder: Path, pictures: list[tuple[np.ndarray, str]]) -> Store:
    folder.mkdir()
    with StoreWriter(folder, size=32, channels=3) as writer:
        for number, (picture, split) in enumerate(pictures):
            entry = IndexEntry(
                identity=f"{number}.png",
                content_sha256=hashlib.sha256(bytes([number])).digest(),
                split=split,  # type: ignore[arg-type]
            )
            writer.add(picture, entry)
    return Store(folder)


def picture(seed: int, brighter: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 200, (4, 4, 3), np.uint8)
    return coarse.repeat(8, axis=0).repeat(8, axis=1) + np.uint8(brighter)


def test_copies_of_photos_to_train_on_are_left_out_and_counted(tmp_path: Path) -> None:
    store = store_of(
        tmp_path / "store.lmdb",
        [
            (picture(0), "train"),
            (picture(0, brighter=3), "test"),
            (picture(1), "test"),
            (picture(2), "test"),
            (picture(2, brighter=3), "test"),
            (picture(3), "train"),
        ],
    )
    indices, near_duplicates = held_out_photos(store)
    assert indices.tolist() == [2, 3, 4]
    assert near_duplicates == 1
    indices, near_duplicates = held_out_photos(store, keep_near_duplicates=True)
    assert indices.tolist() == [1, 2, 3, 4]
    assert near_duplicates == 0


def test_a_count_picks_evenly(tmp_path: Path) -> None:
    store = store_of(tmp_path / "store.lmdb", [(picture(seed), "test") for seed in range(9)])
    assert held_out_photos(store, 3).indices.tolist() == [0, 4, 8]
    assert held_out_photos(store, 20).indices.tolist() == list(range(9))


def test_a_store_without_held_out_photos_is_refused(tmp_path: Path) -> None:
    store = store_of(tmp_path / "a.lmdb", [(picture(0), "train")])
    with pytest.raises(StoreError, match="no held-out photos"):
        held_out_photos(store)
    store = store_of(tmp_path / "b.lmdb", [(picture(0), "train"), (picture(0, 2), "test")])
    with pytest.raises(StoreError, match="no copies"):
        held_out_photos(store)
