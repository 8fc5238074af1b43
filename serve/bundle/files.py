"""The files of a bundle, each read once: what was verified is what is run."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from serve.bundle.manifest import FileRecord, is_plain_file_name
from serve.errors import BundleError

_REMEDY = "take an intact copy of the bundle"
# A link in place of the file is an error, and opening a pipe returns at once. Windows has neither.
_OPEN_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


def read_files(folder: Path, files: Mapping[str, FileRecord]) -> dict[str, memoryview]:
    """The contents of every file: plain files, of the manifest's sizes and SHA-256.

    Nothing is allocated for a file before its size was compared. The memory is writable, so that
    Torch can take weights from it without a copy.

    Raises:
        BundleError: names the first file that is not what the manifest says.
    """
    return dict(verified_files(folder, files))


def verified_files(
    folder: Path, files: Mapping[str, FileRecord]
) -> Iterator[tuple[str, memoryview]]:
    """As `read_files`, one file at a time."""
    for name, record in files.items():
        yield name, read_file(folder / name, record)


def file_record(path: Path) -> FileRecord:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileRecord(sha256=digest, size_bytes=path.stat().st_size)


class FolderFiles(Mapping[str, memoryview]):
    """The plain files of a folder by name, read when asked for and believed as they are.

    For a folder that this process is just writing; a bundle from elsewhere goes through
    `read_files`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> memoryview:
        path = self._folder / name
        if not is_plain_file_name(name) or path.is_symlink() or not path.is_file():
            raise KeyError(name)
        return memoryview(bytearray(path.read_bytes()))

    def __iter__(self) -> Iterator[str]:
        return (path.name for path in self._folder.iterdir() if path.is_file())

    def __len__(self) -> int:
        return sum(1 for _ in self)


def read_file(path: Path, record: FileRecord) -> memoryview:
    """The content of one file, checked as `read_files` says."""
    try:
        _check_plain(path, path.lstat())
        handle = os.open(path, _OPEN_FLAGS)
    except FileNotFoundError:
        raise BundleError(f"{path} is missing; {_REMEDY}.") from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read ({error.strerror}).") from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        _check_plain(path, status)
        if status.st_size != record.size_bytes:
            raise BundleError(
                f"{path} has {status.st_size} bytes, but the manifest says {record.size_bytes}; "
                f"{_REMEDY}."
            )
        content = bytearray(record.size_bytes)
        whole = file.readinto(content) == len(content)
    if not whole or hashlib.sha256(content).hexdigest() != record.sha256:
        raise BundleError(f"{path} was changed: its SHA-256 is not the manifest's; {_REMEDY}.")
    return memoryview(content)


def _check_plain(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise BundleError(f"{path} is not a plain file, as a bundle needs; {_REMEDY}.")
