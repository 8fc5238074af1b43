"""What an importer of photos is: it yields files, their bytes and what is known of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from igan.data.split import Split, label_named_in, split_named_in

MAX_FILE_BYTES = 512 * 2**20
"""Larger files are listed as rejected and not read."""

JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")
OTHER_SUFFIXES = (".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm")
PHOTO_SUFFIXES = frozenset(JPEG_SUFFIXES + OTHER_SUFFIXES)


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Attributes:
        identity: its path relative to the source's root, with forward slashes.
        data: its bytes; empty when it could not be read.
        problem: why it could not be read, else None.
        split: the source's own split, when it has one.
        label: class label, when the source has classes.
    """

    identity: str
    data: bytes
    problem: str | None
    split: Split | None
    label: str | None

    @classmethod
    def at(cls, identity: str, data: bytes = b"", problem: str | None = None) -> "SourceFile":
        """Make a file whose split and label are told by the folders it lies in."""
        return cls(identity, data, problem, split_named_in(identity), label_named_in(identity))


class PhotoSource(Protocol):
    """A collection of photo files in a fixed order."""

    kind: str
    name: str

    def count(self) -> int:
        """Return the number of files that `files` will yield."""

    def files(self) -> Iterator[SourceFile]:
        """Yield every photo file, one in memory at a time.

        Raises:
            SourceError: the collection as a whole cannot be read.
        """


def is_photo_name(identity: str) -> bool:
    """Tell whether a path looks like a photo file: by its suffix, nothing hidden on the way."""
    path = PurePosixPath(identity)
    hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.parts)
    return path.suffix.lower() in PHOTO_SUFFIXES and not hidden


def too_large(size_bytes: int) -> str | None:
    """Return why a file of this size is not read, or None."""
    if size_bytes <= MAX_FILE_BYTES:
        return None
    return f"is larger than {MAX_FILE_BYTES // 2**20} MiB"
