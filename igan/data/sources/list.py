"""Photos named in a text file: a path a line, perhaps followed by a class label, as in Caffe."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from igan.data.sources.photo_source import (
    PhotoSource,
    SourceFile,
    UnreadableFileError,
    is_photo_name,
    split_and_label_named_in,
)
from igan.data.sources.regular_file import read_regular_file
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.errors import SourceError

SUFFIXES = (".txt", ".lst", ".list", ".tsv")

_LONGEST_FIRST_LINE = 4096


class ListSource(PhotoSource):
    """Reads the photos that a list names, in its order.

    A label is what follows a tab, or a number after a space. Paths are relative to `root`; one that
    leads out of it is not read.
    """

    kind = "list"
    takes = frozenset({"root"})

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.name
        self.root = options.root or path.parent
        if not self.root.is_dir():
            raise SourceError(
                f"{self.root}, in which the photos of {path} are to lie, is no folder; name "
                "another with --root."
            )

    @staticmethod
    def lies_at(path: Path) -> bool:
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            return False
        with path.open("rb") as file:
            first = file.readline(_LONGEST_FIRST_LINE).decode("utf-8", "surrogateescape")
        return is_photo_name(path_and_label(first.strip())[0])

    def count(self) -> int:
        return sum(1 for _ in lines_of(self.path))

    def files(self) -> Iterator[SourceFile]:
        for line in lines_of(self.path):
            identity, label = path_and_label(line)
            split, folder_label = split_and_label_named_in(identity)
            load = partial(read_listed_file, self.root, identity)
            yield SourceFile(identity, load, split, label or folder_label)


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a text file that are not empty, whatever bytes are in them.

    Raises:
        SourceError: the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            for line in file:
                if stripped := line.strip(" \r\n"):
                    yield stripped
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}).") from error


def path_and_label(line: str) -> tuple[str, str | None]:
    """Split a line of a list into its path and its label, when it has one."""
    path, tab, label = line.partition("\t")
    if tab:
        return path.rstrip(), label.strip() or None
    path, space, label = line.rpartition(" ")
    is_number = label.isascii() and label.isdigit()
    return (path.rstrip(), label) if space and is_number else (line, None)


def read_listed_file(root: Path, listed: str) -> bytes:
    """Return the bytes of a file that a list names.

    Raises:
        UnreadableFileError: the path leads out of `root`, or the file cannot be read.
    """
    path = PurePosixPath(listed)
    relative = path.relative_to(root) if path.is_relative_to(root) else path
    if relative.is_absolute() or ".." in relative.parts:
        raise UnreadableFileError(f"lies outside {root}")
    return read_regular_file(root / relative)
