"""Photos in a folder and the folders below it."""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from igan.data.sources.photo_source import PhotoSource, SourceFile, is_photo_name
from igan.data.sources.regular_file import read_regular_file
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.errors import SourceError


class FolderSource(PhotoSource):
    """Walks a folder in the order of its names; links to folders are not followed."""

    kind = "folder"

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.root = path
        self.name = path.resolve().name

    @staticmethod
    def lies_at(path: Path) -> bool:
        return path.is_dir()

    def count(self) -> int:
        return sum(1 for _ in photo_paths(self.root))

    def files(self) -> Iterator[SourceFile]:
        for identity in photo_paths(self.root):
            yield SourceFile.at(identity, partial(read_regular_file, self.root / identity))


def photo_paths(root: Path, below: str = "") -> Iterator[str]:
    """Yield the paths of photo files under a folder, relative to it, in the order of their names.

    Raises:
        SourceError: a folder cannot be listed.
    """
    folder = root / below
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        raise SourceError(
            f"{folder} cannot be listed ({error.strerror}); check its permissions."
        ) from error
    for entry in entries:
        identity = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from photo_paths(root, identity)
        elif is_photo_name(identity):
            yield identity
