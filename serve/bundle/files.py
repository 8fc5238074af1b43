"""The files of a bundle: each is checked against its size and SHA-256 before it is used."""

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path

from serve.bundle.manifest import FileRecord
from serve.errors import BundleError


def verify_files(folder: Path, files: Mapping[str, FileRecord]) -> None:
    """Check that every file is there, a plain file, of its size and of its content.

    Raises:
        BundleError: names the first file that is not.
    """
    for name, record in files.items():
        _verify_file(folder / name, record)


def file_record(path: Path) -> FileRecord:
    """Size and SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileRecord(sha256=digest, size_bytes=path.stat().st_size)


def _verify_file(path: Path, record: FileRecord) -> None:
    remedy = "take an intact copy of the bundle"
    try:
        status = path.lstat()
    except FileNotFoundError:
        raise BundleError(f"{path} is missing; {remedy}.") from None
    if not stat.S_ISREG(status.st_mode):
        raise BundleError(f"{path} is not a plain file, as a bundle needs; {remedy}.")
    if status.st_size != record.size_bytes:
        raise BundleError(
            f"{path} has {status.st_size} bytes, but the manifest says {record.size_bytes}; "
            f"{remedy}."
        )
    if file_record(path).sha256 != record.sha256:
        raise BundleError(f"{path} was changed: its SHA-256 is not the manifest's; {remedy}.")
