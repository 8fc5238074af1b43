from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from igan.data import store_writer
from igan.data.import_ledger import ImportLedger, Reject
from igan.data.lmdb_file import whole_length
from igan.data.store import Store, StoreWriter
from igan.data.store_format import IndexEntry
from igan.data.traits import Traits
from igan.errors import StoreError
from tests.igan.data.conftest import random_pictures


def entry(number: int) -> IndexEntry:
    return IndexEntry(f"{number}.png", number.to_bytes(32, "big"), "train")


def test_every_record_is_kept(tmp_path: Path) -> None:
    pictures = random_pictures(300, size=32)
    with StoreWriter(tmp_path, size=32, channels=3) as writer:
        for number, picture in enumerate(pictures):
            writer.add(picture, entry(number))
    store = Store(tmp_path)
    np.testing.assert_array_equal(store.read(range(300)), pictures)
    store.verify()


def test_the_count_grows_by_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 4)
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        for number, picture in enumerate(random_pictures(11)):
            writer.add(picture, entry(number))
            assert writer.meta.count % 4 == 0
        writer.commit()
        assert writer.meta.count == 11
    assert len(Store(tmp_path)) == 11


def test_a_commit_that_fails_is_told_by_all_that_follow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bytes:
        raise OSError("disk full")

    writer = StoreWriter(tmp_path, size=16, channels=3)
    monkeypatch.setattr(store_writer, "next_digest", fail)
    writer.add(random_pictures(1)[0], entry(0))
    writer.begin_commit()
    for _ in range(2):  # what was lost stays lost: nothing may be committed behind it
        with pytest.raises(OSError, match="disk full"):
            writer.commit()
    writer.close()
    assert len(Store(tmp_path)) == 0


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


def test_what_is_pending_too_long_is_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        assert not writer.commit_is_due()
        monkeypatch.setattr(store_writer, "COMMIT_SECONDS", 0.0)
        assert writer.commit_is_due()


def test_the_file_is_never_shorter_than_its_header_says(tmp_path: Path) -> None:
    data_file = tmp_path / "data.mdb"
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        for number, picture in enumerate(random_pictures(50)):
            writer.add(picture, entry(number))
            writer.commit()
            assert data_file.stat().st_size >= whole_length(data_file)
    assert data_file.stat().st_size == whole_length(data_file)


def test_a_store_is_added_to(tmp_path: Path) -> None:
    first, second = random_pictures(2)
    with StoreWriter(tmp_path, size=16, channels=3, fit="pad") as writer:
        writer.add(first, entry(0))
    with StoreWriter.reopen(tmp_path, is_read=True) as writer:
        assert writer.find_content(entry(0).content_sha256) == "0.png"
        writer.add(second, entry(1))
    store = Store(tmp_path)
    np.testing.assert_array_equal(store.read([0, 1]), [first, second])
    assert (store.meta.count, store.meta.fit) == (2, "pad")
    store.verify()


def test_there_must_be_a_store_to_add_to(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="not a photo store"):
        StoreWriter.reopen(tmp_path, is_read=True)
    with pytest.raises(StoreError, match="does not exist"):
        StoreWriter.reopen(tmp_path / "none", is_read=True)
    assert list(tmp_path.iterdir()) == []


def test_ledger_and_rejects_are_committed_with_the_records(tmp_path: Path) -> None:
    ledger = ImportLedger(0, "photos", "folder", 0, next_ordinal=3, imported=1)
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        writer.add_record(random_pictures(1)[0].tobytes(), entry(7), Traits(1))
        writer.add_reject(0, 9, Reject("bad\udce9.jpg", "is cut off"))
        writer.add_reject(0, 2, Reject.duplicate("copy.png", entry(7).content_sha256))
        writer.commit(ledger)
    store = Store(tmp_path)
    assert store.imports() == [ledger]
    assert [(number, ordinal, r.identity, r.reason) for number, ordinal, r in store.rejects()] == [
        (0, 2, "copy.png", "is an exact duplicate of 7.png"),
        (0, 9, "bad\udce9.jpg", "is cut off"),
    ]


def test_labels_are_numbered_in_the_order_of_their_first_records(tmp_path: Path) -> None:
    labels = ["boot", None, "shoe" * 200, "boot", "caf\udce9"]
    with StoreWriter(tmp_path, size=16, channels=3) as writer:
        for number, (picture, label) in enumerate(zip(random_pictures(5), labels, strict=True)):
            writer.add(picture, replace(entry(number), label=label))
            writer.commit()
    store = Store(tmp_path)
    assert store.labels() == ["boot", "shoe" * 200, "caf\udce9"]
    assert store.traits()["label"].tolist() == [0, -1, 1, 0, 2]
    assert store.indices_of(label="boot").tolist() == [0, 3]
    assert store.indices_of("test", "boot").tolist() == []
    with pytest.raises(StoreError, match="no photos labelled 'hat'; it has boot"):
        store.indices_of(label="hat")


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
