"""Every kind of file handle is read by many threads at once, after its listing has ended."""

import io
import tarfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import lmdb
import numpy as np
import pytest

from igan.data.sources import open_source
from tests.igan.data.conftest import MakeStore, random_pictures

COUNT, THREADS = 96, 8
PICTURES = random_pictures(COUNT)
FILES = {f"{number:03d}.jpg": picture.tobytes() for number, picture in enumerate(PICTURES)}


def write_folder(path: Path) -> Path:
    path.mkdir()
    for name, data in FILES.items():
        (path / name).write_bytes(data)
    return path


def write_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in FILES.items():
            archive.writestr(name, data)
    return path


def write_tar(path: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in FILES.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return path


def write_lsun(path: Path) -> Path:
    with (
        lmdb.open(str(path), map_size=2**24) as environment,
        environment.begin(write=True) as transaction,
    ):
        for name, data in FILES.items():
            transaction.put(name.encode(), data)
    return path


def write_hdf5(path: Path) -> Path:
    h5py = pytest.importorskip("h5py", reason="reading HDF5 files needs the package h5py")
    with h5py.File(path, "w") as file:
        file.create_dataset("imgs", data=PICTURES, chunks=(1, 16, 16, 3), compression="gzip")
    return path


def check(path: Path) -> None:
    files = list(open_source(path).files())
    with ThreadPoolExecutor(THREADS) as pool:
        loaded = list(pool.map(lambda file: file.load(), files))
    assert [np.asarray(memoryview(data)).tobytes() for data in loaded] == list(FILES.values())


@pytest.mark.parametrize("write", [write_folder, write_zip, write_tar, write_lsun, write_hdf5])
def test_files_are_loaded_by_threads(write: Callable[[Path], Path], tmp_path: Path) -> None:
    check(write(tmp_path / "photos"))


def test_a_store_is_loaded_by_threads(make_store: MakeStore) -> None:
    check(make_store(count=COUNT).path)
