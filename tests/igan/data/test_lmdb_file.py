import os
import struct
from pathlib import Path

import lmdb
import pytest

from igan.data.lmdb_file import (
    check_whole,
    open_for_reading,
    reserve,
    trim_to_whole,
    whole_length,
)
from igan.errors import StoreError


@pytest.fixture
def environment_path(tmp_path: Path) -> Path:
    with lmdb.open(str(tmp_path), map_size=2**22) as environment:
        for number in range(20):
            with environment.begin(write=True) as transaction:
                transaction.put(bytes([number]), os.urandom(9000))
    return tmp_path


def test_the_length_agrees_with_lmdb(environment_path: Path) -> None:
    with lmdb.open(str(environment_path), readonly=True) as environment:
        pages = environment.info()["last_pgno"] + 1
        page_size = environment.stat()["psize"]
    assert whole_length(environment_path / "data.mdb") == pages * page_size


def test_a_longer_file_is_whole(environment_path: Path) -> None:
    data_file = environment_path / "data.mdb"
    os.truncate(data_file, data_file.stat().st_size + 4096)
    check_whole(environment_path)


def test_a_shorter_file_is_cut_off(environment_path: Path) -> None:
    data_file = environment_path / "data.mdb"
    expected = whole_length(data_file)
    os.truncate(data_file, expected - 4096)
    with pytest.raises(StoreError, match=f"{expected - 4096} of {expected} bytes"):
        check_whole(environment_path)


def test_a_reserved_file_is_whole_and_takes_no_space(environment_path: Path) -> None:
    data_file = environment_path / "data.mdb"
    blocks, expected = data_file.stat().st_blocks, whole_length(data_file)
    reserve(environment_path, record_bytes=10**9)
    check_whole(environment_path)
    assert data_file.stat().st_size > expected + 10**9
    assert data_file.stat().st_blocks == blocks
    trim_to_whole(environment_path)
    assert data_file.stat().st_size == expected
    check_whole(environment_path)


@pytest.mark.parametrize("offset", [16, 4096 + 16])
def test_a_damaged_header_is_refused(environment_path: Path, offset: int) -> None:
    with (environment_path / "data.mdb").open("r+b") as file:
        file.seek(offset)
        file.write(struct.pack("<I", 0))
    with pytest.raises(StoreError, match="damaged"):
        check_whole(environment_path)


def test_one_environment_a_process(environment_path: Path) -> None:
    assert open_for_reading(environment_path) is open_for_reading(environment_path)
