"""What a source of photos is: it names its files in a fixed order and loads each when asked to."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.data.split import Split, label_named_in, split_named_in
from igan.errors import IganError

if TYPE_CHECKING:
    import numpy as np

MAX_FILE_BYTES = 512 * 2**20
"""Larger files are listed as rejected and not read."""

JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")
OTHER_SUFFIXES = (".png", ".webp", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm", ".pnm")
PHOTO_SUFFIXES = frozenset(JPEG_SUFFIXES + OTHER_SUFFIXES)

Load = Callable[[], "bytes | np.ndarray"]


class UnreadableFileError(IganError):
    """One file of a source cannot be loaded; the message is half a sentence: `is cut off`."""


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Attributes:
        identity: its path relative to the source's root, with forward slashes, or another name
            that is unique in the source and stays when the source grows.
        load: returns the file's bytes, or its pixels as uint8 (H, W, C), RGB or one channel.
            May be called in any thread, and raises UnreadableFileError.
        split: the source's own split, when it has one.
        label: class label, when the source has classes.
    """

    identity: str
    load: Load
    split: Split | None = None
    label: str | None = None

    @classmethod
    def at(cls, identity: str, load: Load) -> "SourceFile":
        """Make a file whose split and label are told by the folders it lies in."""
        return cls(identity, load, *split_and_label_named_in(identity))


class PhotoSource(Protocol):
    """A collection of photo files in a fixed order.

    Attributes:
        kind: what `--source` calls it.
        licence: the terms of such a collection, where they are the same for all of its kind.
        takes: the options it knows, by their names in `SourceOptions`.
        name: what this collection is called.
    """

    kind: ClassVar[str]
    licence: str = ""
    takes: ClassVar[frozenset[str]] = frozenset()
    name: str

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None: ...

    @staticmethod
    def lies_at(path: Path) -> bool:
        """Tell by a look at names and first bytes whether such a collection lies there."""
        ...

    def prepare(self, progress: Callable[[int, int | None], object]) -> None:
        """Do what must come before `files`, such as downloading; `progress` gets done and total."""
        del progress

    def count(self) -> int | None:
        """Return how many files `files` will yield; None when only reading all would tell.

        Raises:
            SourceError: the collection as a whole cannot be read.
        """
        ...

    def files(self) -> Iterator[SourceFile]:
        """Yield every file, always in the same order, without reading a picture.

        Raises:
            SourceError: the collection as a whole cannot be read.
        """
        ...


def is_photo_name(identity: str) -> bool:
    """Tell whether a path looks like a photo file: by its suffix, nothing hidden on the way."""
    *folders, name = identity.split("/")
    suffix = os.path.splitext(name)[1].lower()
    return suffix in PHOTO_SUFFIXES and not any(map(_is_hidden, (*folders, name)))


def _is_hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part not in (".", ".."))


def split_and_label_named_in(identity: str) -> tuple[Split | None, str | None]:
    """Return the split and the class label that the folders of a path name, where they do."""
    return _split_and_label_of_folder(identity.rpartition("/")[0])


@lru_cache(maxsize=1024)
def _split_and_label_of_folder(folder: str) -> tuple[Split | None, str | None]:
    if not folder:
        return None, None
    photo = f"{folder}/photo"
    return split_named_in(photo), label_named_in(photo)


def own_splits(splits: Sequence[Split | None]) -> list[Split | None]:
    """Return the splits that a source's parts name, or None for all unless both are named.

    A source of nothing but training photos leaves it to their identities which are held out.
    """
    both = {"train", "test"} <= set(splits)
    return list(splits) if both else [None] * len(splits)


def check_file_size(size_bytes: int) -> None:
    """Refuse to read a file of more than MAX_FILE_BYTES.

    Raises:
        UnreadableFileError: it is larger.
    """
    if size_bytes > MAX_FILE_BYTES:
        raise UnreadableFileError(f"is larger than {MAX_FILE_BYTES // 2**20} MiB")
