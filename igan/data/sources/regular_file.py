"""Reading a file that may be anything: a pipe, a broken link, a device, a giant."""

import stat
from pathlib import Path

from igan.data.sources.photo_source import UnreadableFileError, check_file_size


def read_regular_file(path: Path) -> bytes:
    """Return the bytes of a regular file.

    Raises:
        UnreadableFileError: it is none, too large, or cannot be read.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnreadableFileError("is not a regular file")
        check_file_size(status.st_size)
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise UnreadableFileError("has a name that no file can have") from error


def read_span(path: Path, offset: int, length: int) -> bytes:
    """Return a part of a file.

    Raises:
        UnreadableFileError: the file ends before it, or cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(offset)
            data = file.read(length)
    except OSError as error:
        raise UnreadableFileError(f"cannot be read ({error.strerror})") from error
    if len(data) < length:
        raise UnreadableFileError("is cut off")
    return data
