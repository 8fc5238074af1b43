import numpy as np
import pytest

from igan.data.combined import (
    SplitReader,
    check_shape,
    combined_digest,
    combined_sources,
    open_alike,
)
from igan.errors import StoreError
from tests.igan.data.conftest import MakeStore, random_pictures


def test_stores_are_numbered_one_after_the_other(make_store: MakeStore) -> None:
    stores = [
        make_store("a.lmdb", count=3, seed=0, splits="rer"),
        make_store("b.lmdb", count=2, seed=1, splits="rr"),
    ]
    reader = SplitReader(stores, "train")
    assert len(reader) == 4
    first, second = random_pictures(3, seed=0), random_pictures(2, seed=1)
    expected = np.stack([second[1], first[0], second[0], first[2]])
    np.testing.assert_array_equal(reader.read(np.array([3, 0, 2, 1])), expected)


def test_labels_and_licences_of_all_stores_survive(make_store: MakeStore) -> None:
    stores = [
        make_store("a.lmdb", count=3, splits="rer"),
        make_store("b.lmdb", count=2, seed=1, splits="rr", labels=["boot", None], licence="CC BY"),
    ]
    reader = SplitReader(stores, "train")
    entries = reader.entries(np.array([3, 0, 2]))
    assert [entry.label for entry in entries] == [None, "thing", "boot"]
    assert [entry.identity for entry in entries] == ["1/1.png", "0/0.png", "1/0.png"]
    assert [source.licence for source in combined_sources([*stores, stores[0]])] == ["CC0", "CC BY"]


@pytest.mark.parametrize(("splits", "split"), [("ee", "train"), ("rr", "test")])
def test_an_empty_split_is_refused(make_store: MakeStore, splits: str, split: str) -> None:
    with pytest.raises(StoreError, match=r"no (training|held-out) photos"):
        SplitReader([make_store(count=2, splits=splits)], split)  # type: ignore[arg-type]


@pytest.mark.parametrize("other", [{"size": 32}, {"channels": 1}])
def test_stores_of_different_shapes_are_refused(
    make_store: MakeStore, other: dict[str, int]
) -> None:
    paths = [str(make_store("a.lmdb").path), str(make_store("b.lmdb", **other).path)]
    with pytest.raises(StoreError, match="import them alike"):
        open_alike(paths)


def test_no_store_is_refused() -> None:
    with pytest.raises(StoreError, match="no photo store is named"):
        open_alike([])


def test_a_store_of_another_shape_than_the_model_is_refused(make_store: MakeStore) -> None:
    store = make_store(size=16)
    check_shape(store, 16, 3)
    with pytest.raises(StoreError, match="16x16x3 and the model works on 64x64x3"):
        check_shape(store, 64, 3)


def test_digests_combine_in_order(make_store: MakeStore) -> None:
    a, b = make_store("a.lmdb"), make_store("b.lmdb", seed=1)
    assert combined_digest([a]) == a.digest
    assert combined_digest([a, b]) != combined_digest([b, a])
