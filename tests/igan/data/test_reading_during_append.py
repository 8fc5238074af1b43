"""One process reads a store while another adds to it, again and again."""

import hashlib
import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import pytest

from igan.data.lmdb_file import open_for_reading, open_table
from igan.data.store import Store
from igan.data.store_format import INDEX_TABLE, IndexEntry
from igan.data.store_writer import StoreWriter
from igan.errors import StoreError
from tests.igan.data.conftest import random_pictures

FIRST, SESSIONS, COMMITS, RECORDS = 40, 6, 20, 8

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.igan.data.test_reading_during_append"])


def add(writer: StoreWriter, start: int, stop: int) -> None:
    for number, picture in enumerate(random_pictures(stop)[start:], start):
        content = hashlib.sha256(bytes(str(number), "ascii")).digest()
        writer.add(picture, IndexEntry(f"{number}.png", content, "train", label=str(number % 3)))


def append_again_and_again(folder: Path, sessions: int = SESSIONS) -> None:
    start = FIRST
    for _ in range(sessions):
        with StoreWriter.reopen(folder, is_read=True) as writer:
            for _ in range(COMMITS):
                add(writer, start, start + RECORDS)
                writer.commit()
                start += RECORDS


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    folder = tmp_path / "growing.lmdb"
    folder.mkdir()
    with StoreWriter(folder, size=16, channels=3) as writer:
        add(writer, 0, FIRST)
    return folder


@pytest.mark.slow
def test_readers_see_what_was_committed_and_only_that(store_path: Path, tmp_path: Path) -> None:
    final = FIRST + SESSIONS * COMMITS * RECORDS
    expected = random_pictures(final)
    shutil.copytree(store_path, tmp_path / "alone.lmdb")
    old = Store(store_path)
    appender = processes.Process(target=append_again_and_again, args=(store_path,))
    appender.start()
    draw = np.random.default_rng(0)
    counts = []
    while appender.is_alive() or not counts:
        store = Store(store_path)
        count = len(store)
        counts.append(count)
        indices = draw.integers(0, count, 64)
        np.testing.assert_array_equal(store.read(indices), expected[indices])
        np.testing.assert_array_equal(old.read(indices % FIRST), expected[indices % FIRST])
        assert [entry.identity for entry in store.entries(indices)] == [
            f"{index}.png" for index in indices
        ]
        np.testing.assert_array_equal(store.traits()["label"], np.arange(count) % 3)
        assert len(store.indices_of("train")) == count
        store.verify()
    appender.join()
    assert appender.exitcode == 0
    assert counts == sorted(counts)
    assert len(set(counts)) > 5
    assert (len(old), len(Store(store_path))) == (FIRST, final)
    append_again_and_again(tmp_path / "alone.lmdb")
    assert Store(store_path).digest == Store(tmp_path / "alone.lmdb").digest


@pytest.mark.slow
def test_a_slow_reader_keeps_what_it_began_to_read(store_path: Path) -> None:
    environment = open_for_reading(store_path)
    index = open_table(environment, INDEX_TABLE)
    with environment.begin(db=index) as transaction:
        before = list(transaction.cursor())
        appender = processes.Process(target=append_again_and_again, args=(store_path, 1))
        appender.start()
        appender.join()
        assert list(transaction.cursor()) == before
    assert len(before) == FIRST
    with environment.begin(db=index) as transaction:
        assert len(list(transaction.cursor())) == FIRST + COMMITS * RECORDS


@pytest.mark.slow
def test_of_two_writers_the_slower_is_refused(store_path: Path) -> None:
    writer = StoreWriter.reopen(store_path, is_read=True)
    other = processes.Process(target=append_again_and_again, args=(store_path,))
    other.start()
    other.join()
    assert other.exitcode == 0
    add(writer, FIRST, FIRST + 1)
    with pytest.raises(StoreError, match="another process is adding"):
        writer.commit()
    writer.close()
    Store(store_path).verify()
    assert len(Store(store_path)) == FIRST + SESSIONS * COMMITS * RECORDS
