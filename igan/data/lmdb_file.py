"""Opening LMDB environments safely: whole files only, once a process, never across a fork."""

import os
import struct
import threading
import weakref
from pathlib import Path
from typing import Any

import lmdb

from igan.errors import StoreError

DATA_FILE = "data.mdb"
MAX_TABLES = 16

WRITING_MAP_BYTES = 2**40
READING_MAP_SPARE_BYTES = 2**36
"""Addresses (not memory) set aside for a mapped file to grow into; of a process's 128 TiB."""

_RESERVE_FACTOR, _RESERVE_BYTES = 2, 256 * 2**20

# A meta page: 16 bytes of page header, then MDB_meta of LMDB 0.9 on 64-bit machines.
_MAGIC_OFFSET, _PAGE_SIZE_OFFSET, _LAST_PAGE_OFFSET, _TRANSACTION_OFFSET = 16, 40, 136, 144
_META_LENGTH = 152
_MAGIC = 0xBEEFC0DE

_open_environments: "weakref.WeakValueDictionary[tuple[int, int, int], lmdb.Environment]"
_opening = threading.Lock()
_open_environments = weakref.WeakValueDictionary()


def whole_length(data_file: Path) -> int:
    """Return the bytes that the newest committed state of an LMDB data file occupies.

    Raises:
        ValueError: the file does not begin with LMDB's two meta pages.
    """
    with data_file.open("rb") as file:
        first = file.read(_META_LENGTH)
        page_size = _page_size(first)
        file.seek(page_size)
        second = file.read(_META_LENGTH)
        _page_size(second)
    _, last_page = max(_transaction_and_last_page(page) for page in (first, second))
    return (last_page + 1) * page_size


def check_whole(path: Path) -> None:
    """Refuse what is no LMDB environment, or one whose file was cut off.

    Reading a page past the end of a mapped file kills the process, so this comes before any read.

    Raises:
        StoreError: nothing there, not an environment, or shorter than its header says.
    """
    data_file = path / DATA_FILE
    if not path.exists():
        raise StoreError(f"{path} does not exist; make a store with `igan data import` first.")
    if not data_file.is_file():
        raise StoreError(
            f"{path} is not a photo store; make one from photos with "
            "`igan data import PHOTOS --out NAME.lmdb`."
        )
    actual = data_file.stat().st_size
    try:
        expected = whole_length(data_file)
    except ValueError as error:
        raise StoreError(
            f"{path} is not a photo store, or its beginning is damaged; import the photos again."
        ) from error
    if actual < expected:
        raise StoreError(
            f"{path} was cut off: {actual} of {expected} bytes are there; "
            "copy it again or import the photos again."
        )


def reserve(path: Path, record_bytes: int) -> None:
    """Make the data file longer than the next transaction can need; the hole takes no space.

    LMDB hands out pages that, being free again, it never writes: the file could be shorter than
    its header says, and would pass for cut off.
    """
    data_file = path / DATA_FILE
    needed = whole_length(data_file) + _RESERVE_FACTOR * record_bytes + _RESERVE_BYTES
    if data_file.stat().st_size < needed:
        os.truncate(data_file, needed)


def trim_to_whole(path: Path) -> None:
    """Give the data file the length that its header says, after the last `reserve`."""
    data_file = path / DATA_FILE
    os.truncate(data_file, whole_length(data_file))


def open_for_writing(path: Path) -> lmdb.Environment:
    """Open or create an environment to write to; a power cut loses at most the last commit.

    Raises:
        StoreError: LMDB refuses it, or a file there was cut off.
    """
    if (path / DATA_FILE).exists():
        check_whole(path)
    try:
        return lmdb.open(str(path), map_size=WRITING_MAP_BYTES, max_dbs=MAX_TABLES, metasync=False)
    except lmdb.Error as error:
        raise StoreError(f"{path} cannot be written as a photo store ({error}).") from error


def open_for_reading(path: Path) -> lmdb.Environment:
    """Open an environment read-only and without locks, so that read-only file systems will do.

    Everything in one process that reads the same environment shares it, as LMDB demands.

    Raises:
        StoreError: as `check_whole`, or LMDB refuses it.
    """
    check_whole(path)
    stat = (path / DATA_FILE).stat()
    place = (os.getpid(), stat.st_dev, stat.st_ino)
    with _opening:
        _close_inherited()
        environment = _open_environments.get(place)
        if environment is None:
            try:
                environment = lmdb.open(
                    str(path),
                    map_size=whole_length(path / DATA_FILE) + READING_MAP_SPARE_BYTES,
                    readonly=True,
                    lock=False,
                    readahead=False,
                    max_dbs=MAX_TABLES,
                )
            except lmdb.Error as error:
                raise StoreError(f"{path} cannot be read as a photo store ({error}).") from error
            _open_environments[place] = environment
        return environment


def open_table(environment: lmdb.Environment, table: bytes) -> Any:
    """Return the handle of a named table that exists; only one thread at a time may ask LMDB.

    Raises:
        lmdb.Error: there is no such table.
    """
    with _opening:
        return environment.open_db(table, create=False)


def _close_inherited() -> None:
    """Close what a fork brought along: it would pass for opened here, and must not be used."""
    for place, environment in list(_open_environments.items()):
        if place[0] != os.getpid():
            del _open_environments[place]
            environment.close()


def _page_size(meta_page: bytes) -> int:
    if len(meta_page) < _META_LENGTH:
        raise ValueError("shorter than a meta page")
    if struct.unpack_from("<I", meta_page, _MAGIC_OFFSET)[0] != _MAGIC:
        raise ValueError("no LMDB meta page")
    return struct.unpack_from("<I", meta_page, _PAGE_SIZE_OFFSET)[0]


def _transaction_and_last_page(meta_page: bytes) -> tuple[int, int]:
    return (
        struct.unpack_from("<Q", meta_page, _TRANSACTION_OFFSET)[0],
        struct.unpack_from("<Q", meta_page, _LAST_PAGE_OFFSET)[0],
    )
