from pathlib import Path

import numpy as np
import pytest

from igan.data import store_writer
from igan.data.lmdb_file import whole_length
from igan.data.store import Store, StoreWriter
from igan.data.store_format import IndexEntry
from igan.errors import StoreError
from tests.igan.data.conftest import random_pictures


def entry(number: int) -> IndexEntry:
    return IndexEntry(f"{number}.png", number.to_bytes(32, "big"), "train")


def test_the_map_grows_with_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_writer, "INITIAL_MAP_BYTES", 2**17)
    pictures = random_pictures(300, size=32)
    with StoreWriter(tmp_path, size=32, channels=3) as writer:
        for number, picture in enumerate(pictures):
            writer.add(picture, entry(number))
    store = Store(tmp_path)
    np.testing.assert_array_equal(store.read(range(300)), pictures)
    store.verify()


def test_the_count_grows_by_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 4)
    counts = []
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        for number, picture in enumerate(random_pictures(10)):
            writer.add(picture, entry(number))
            counts.append(writer.meta.count)
    assert counts == [0, 0, 0, 4, 4, 4, 4, 8, 8, 8]
    assert len(Store(tmp_path)) == 10


def test_what_was_not_committed_is_dropped(tmp_path: Path) -> None:
    first, second = random_pictures(2)

    def write_until_interrupted() -> None:
        with StoreWriter(tmp_path, size=16, channels=3) as writer:
            writer.add(first, entry(0))
            writer.commit()
            writer.add(second, entry(1))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_until_interrupted()
    store = Store(tmp_path)
    assert len(store) == 1
    store.verify()


def test_content_is_found_before_and_after_its_commit(tmp_path: Path) -> None:
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        writer.add(random_pictures(1)[0], entry(5))
        assert writer.find_content(entry(5).content_sha256) == "5.png"
        writer.commit()
        assert writer.find_content(entry(5).content_sha256) == "5.png"
        assert writer.find_content(entry(6).content_sha256) is None


def test_the_file_is_as_long_as_its_header_says(tmp_path: Path) -> None:
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        for number, picture in enumerate(random_pictures(50)):
            writer.add(picture, entry(number))
            writer.commit()
            data_file = tmp_path / "data.mdb"
            assert data_file.stat().st_size >= whole_length(data_file)


def test_a_store_is_not_written_over(tmp_path: Path) -> None:
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        writer.add(random_pictures(1)[0], entry(0))
    with pytest.raises(StoreError, match="already"):
        StoreWriter(tmp_path, size=16, channels=3)
    assert len(Store(tmp_path)) == 1


@pytest.mark.parametrize("shape", [(16, 16, 1), (8, 16, 3), (16, 16)])
def test_a_picture_of_another_shape_is_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with (
        StoreWriter(tmp_path, size=16, channels=3) as writer,
        pytest.raises(ValueError, match="uint8"),
    ):
        writer.add(np.zeros(shape, np.uint8), entry(0))
