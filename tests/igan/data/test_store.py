import os
import pickle
import shutil
import threading
from pathlib import Path

import lmdb
import numpy as np
import pytest

from igan.data.store import Store
from igan.data.store_format import META_KEY, StoreMeta
from igan.errors import StoreError
from tests.igan.data.conftest import MakeStore, random_pictures


def test_records_come_in_the_order_asked(make_store: MakeStore) -> None:
    store = make_store(count=12)
    read = store.read([11, 0, 5, 5])
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, random_pictures(12)[[11, 0, 5, 5]])
    read[:] = 0  # a caller may write into its batch
    np.testing.assert_array_equal(store.read([0]), random_pictures(12)[[0]])


def test_no_records_are_a_batch_too(make_store: MakeStore) -> None:
    assert make_store().read([]).shape == (0, 16, 16, 3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("encoding", ["raw", "png"])
def test_exact_encodings_are_exact(make_store: MakeStore, encoding: str, channels: int) -> None:
    store = make_store(count=5, channels=channels, encoding=encoding)
    np.testing.assert_array_equal(store.read(range(5)), random_pictures(5, channels=channels))


def test_jpeg_records_are_close(make_store: MakeStore) -> None:
    store = make_store(count=5, size=32, encoding="jpeg")
    error = np.abs(store.read(range(5)).astype(int) - random_pictures(5, size=32))
    assert error.mean() < 3


@pytest.mark.parametrize("index", [-1, 12])
def test_an_index_outside_is_refused(make_store: MakeStore, index: int) -> None:
    with pytest.raises(StoreError, match="12 records"):
        make_store(count=12).read([index])


def test_entries_say_where_records_came_from(make_store: MakeStore) -> None:
    (entry,) = make_store().entries([3])
    assert (entry.identity, entry.label, entry.source) == ("0/3.png", "thing", 0)


def test_splits_part_the_store(make_store: MakeStore) -> None:
    store = make_store(count=6, splits="rerrer")
    assert store.indices_of("test").tolist() == [1, 4]
    assert store.indices_of("train").tolist() == [0, 2, 3, 5]
    assert store.meta.split_counts == {"train": 4, "test": 2}


def test_two_stores_over_one_folder_share_it(make_store: MakeStore) -> None:
    first = make_store()
    second = Store(first.path)
    np.testing.assert_array_equal(first.read([1]), second.read([1]))


def test_a_store_made_anew_in_the_same_place_is_read_anew(make_store: MakeStore) -> None:
    old = make_store(seed=0)
    old.read([0])
    shutil.rmtree(old.path)
    np.testing.assert_array_equal(make_store(seed=1).read([0]), random_pictures(1, seed=1))


def test_a_pickled_store_reads(make_store: MakeStore) -> None:
    store = make_store()
    store.read([0])
    copy = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(copy.read([2]), store.read([2]))


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_reads(make_store: MakeStore) -> None:
    store = make_store()
    expected = store.read([3, 1])
    child = os.fork()
    if child == 0:
        status = 2
        try:
            status = 0 if np.array_equal(store.read([3, 1]), expected) else 1
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    np.testing.assert_array_equal(store.read([3, 1]), expected)


def test_threads_read_at_once(make_store: MakeStore) -> None:
    store, expected, wrong = make_store(count=12), random_pictures(12), []

    def read_often(index: int) -> None:
        if not all(np.array_equal(store.read([index])[0], expected[index]) for _ in range(200)):
            wrong.append(index)

    threads = [threading.Thread(target=read_often, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_reading_writes_nothing(make_store: MakeStore) -> None:
    path = make_store().path
    (path / "lock.mdb").unlink()
    before = (path / "data.mdb").stat().st_mtime_ns
    Store(path).read([0])
    assert sorted(child.name for child in path.iterdir()) == ["data.mdb"]
    assert (path / "data.mdb").stat().st_mtime_ns == before


def test_the_digest_is_checked(make_store: MakeStore) -> None:
    store = make_store(count=12)
    seen: list[int] = []
    store.verify(seen.append)
    assert seen == list(range(1, 13))
    picture = random_pictures(12)[7].tobytes()
    data_file = store.path / "data.mdb"
    data = bytearray(data_file.read_bytes())
    data[data.index(picture) + 100] ^= 1
    data_file.write_bytes(data)
    with pytest.raises(StoreError, match="digest"):
        Store(store.path).verify()


def test_equal_stores_have_equal_digests(make_store: MakeStore) -> None:
    first, again, other = (
        make_store("a.lmdb"),
        make_store("b.lmdb"),
        make_store("c.lmdb", seed=1),
    )
    assert first.digest == again.digest != other.digest


def test_a_missing_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        Store(tmp_path / "none.lmdb")


def test_a_plain_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a photo store"):
        Store(tmp_path)


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.4, 0.99])
def test_a_store_that_was_cut_off_is_refused(make_store: MakeStore, kept: float) -> None:
    path = make_store(count=40).path
    data_file = path / "data.mdb"
    os.truncate(data_file, int(kept * data_file.stat().st_size))
    with pytest.raises(StoreError, match=r"cut off|damaged"):
        Store(path)


def test_a_store_cut_off_by_one_page_is_refused(make_store: MakeStore) -> None:
    path = make_store(count=40).path
    data_file = path / "data.mdb"
    os.truncate(data_file, data_file.stat().st_size - 4096)
    with pytest.raises(StoreError, match="cut off"):
        Store(path)


def test_another_lmdb_environment_is_refused(tmp_path: Path) -> None:
    with lmdb.open(str(tmp_path)) as environment, environment.begin(write=True) as transaction:
        transaction.put(b"key", b"value")
    with pytest.raises(StoreError, match="not a photo store"):
        Store(tmp_path)


def test_another_format_version_is_refused(make_store: MakeStore) -> None:
    path = make_store().path
    with lmdb.open(str(path)) as environment, environment.begin(write=True) as transaction:
        meta = StoreMeta(16, 3, "raw", "centre").to_json()
        transaction.put(META_KEY, meta.replace(b'"format_version": 1', b'"format_version": 9'))
    with pytest.raises(StoreError, match="version 9"):
        Store(path)
