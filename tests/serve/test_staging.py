"""What is staged appears whole, or not at all."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from serve.errors import OutputExistsError
from serve.staging import staged_file, staged_folder

UMASK = 0o027


@pytest.fixture
def umask() -> Iterator[int]:
    before = os.umask(UMASK)
    yield UMASK
    os.umask(before)


def write_staged(path: Path) -> int:
    with staged_file(path) as staged:
        staged.write_text("whole")
    return path.stat().st_mode & 0o777


def write_half(path: Path) -> None:
    path.write_text("half")
    raise InterruptedError


def test_threads_that_stage_at_once_leave_the_umask_alone(tmp_path: Path, umask: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        modes = set(pool.map(write_staged, [tmp_path / f"{n}.txt" for n in range(200)]))
    assert modes == {0o666 & ~umask}
    assert os.umask(umask) == umask


def test_a_file_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "kept.txt"
    path.write_text("before")
    with pytest.raises(InterruptedError), staged_file(path) as staged:
        write_half(staged)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(InterruptedError), staged_folder(tmp_path / "out") as staged:
        write_half(staged / "half.txt")
    assert not list(tmp_path.iterdir())


def test_what_exists_is_not_replaced_by_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError), staged_folder(tmp_path):
        pytest.fail("the folder exists")
