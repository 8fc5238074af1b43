"""`kill -9` at any moment of an import loses and doubles nothing."""

import multiprocessing
import shutil
import signal
import time
from collections.abc import Callable
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import numpy as np
import pytest

from igan.data import store_writer
from igan.data.importing import (
    ImportProgress,
    append_photos,
    import_photos,
    resume_import,
    unfinished_import,
)
from igan.data.rejected_file import REJECTED_FILE
from igan.data.store import Store
from tests.igan.data.conftest import write_photo_file

PHOTOS = 200
COMMIT_RECORDS = 12
KILLED_IMPORTS = 20
KILLED_APPENDS = 6
LONGEST_DELAY_S = 0.03

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.igan.data.test_killed_import"])

Work = Callable[..., object]


def do_in_small_commits(work: Work, source: Path, out: Path, done: "Synchronized[int]") -> None:
    store_writer.COMMIT_RECORDS = COMMIT_RECORDS

    def count(progress: ImportProgress) -> None:
        done.value = progress.done

    work(source, out, workers=2, progress=count)


def is_killed(work: Work, source: Path, out: Path, draw: np.random.Generator) -> bool:
    """Kill the work soon after some file or other; tell whether it was still at it."""
    done = processes.Value("q", -1)
    process = processes.Process(target=do_in_small_commits, args=(work, source, out, done))
    file, delay_s = draw.integers(-1, PHOTOS), draw.uniform(0, LONGEST_DELAY_S)
    process.start()
    while process.is_alive() and done.value < file:
        time.sleep(0.001)
    time.sleep(delay_s)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def assert_same(store: Path, expected: Path) -> None:
    assert Store(store).digest == Store(expected).digest
    Store(store).verify()
    assert (store / REJECTED_FILE).read_bytes() == (expected / REJECTED_FILE).read_bytes()
    np.testing.assert_array_equal(Store(store).traits(), Store(expected).traits())


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos, among them duplicates, and files that are none."""
    folder = tmp_path_factory.mktemp("killed") / "photos"
    for number in range(PHOTOS):
        path = write_photo_file(folder / f"{number:03}.png", seed=number // 2 if number % 7 else 0)
        if number % 11 == 0:
            path.write_bytes(path.read_bytes()[:90])
    return folder


@pytest.mark.slow
def test_a_killed_import_goes_on(photos: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.lmdb"
    import_photos(photos, whole, 64)
    draw = np.random.default_rng(0)
    killed, stopped_after = 0, set()
    for moment in range(KILLED_IMPORTS):
        out = tmp_path / f"{moment}.lmdb"
        killed += is_killed(import_photos, photos, out, draw)
        ledger = unfinished_import(out)
        stopped_after.add(ledger.done if ledger is not None else None)
        if ledger is None and not out.exists():
            import_photos(photos, out, 64)
        else:
            resume_import(out)
        assert_same(out, whole)
        shutil.rmtree(out)
    assert killed > KILLED_IMPORTS // 2
    assert len(stopped_after) > KILLED_IMPORTS // 4


@pytest.mark.slow
def test_a_killed_append_goes_on(photos: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    for number in range(20):
        write_photo_file(first / f"{number}.png", seed=number)
    begun, whole = tmp_path / "begun.lmdb", tmp_path / "whole.lmdb"
    import_photos(first, begun, 16)
    shutil.copytree(begun, whole)
    append_photos(photos, whole)
    draw = np.random.default_rng(1)
    killed = 0
    for moment in range(KILLED_APPENDS):
        out = tmp_path / f"{moment}.lmdb"
        shutil.copytree(begun, out)
        killed += is_killed(append_photos, photos, out, draw)
        Store(out).verify()
        if len(Store(out).imports()) == 1:
            append_photos(photos, out)
        else:
            resume_import(out)
        assert_same(out, whole)
    assert killed > KILLED_APPENDS // 2
