"""Photos in a folder and the folders below it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from igan.data.sources.photo_source import SourceFile, is_photo_name, too_large
from igan.errors import SourceError


class FolderSource:
    """Walks a folder in the order of its names; links to folders are not followed."""

    kind = "folder"

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = root.resolve().name

    @staticmethod
    def lies_at(path: Path) -> bool:
        return path.is_dir()

    def count(self) -> int:
        return sum(1 for _ in self._identities(self.root))

    def files(self) -> Iterator[SourceFile]:
        for identity in self._identities(self.root):
            yield _read(self.root / identity, identity)

    def _identities(self, folder: Path) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise SourceError(
                f"{folder} cannot be listed ({error.strerror}); check its permissions."
            ) from error
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from self._identities(Path(entry.path))
            else:
                identity = Path(entry.path).relative_to(self.root).as_posix()
                if is_photo_name(identity):
                    yield identity


def _read(path: Path, identity: str) -> SourceFile:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return SourceFile.at(identity, problem="is not a regular file")
        if (problem := too_large(status.st_size)) is not None:
            return SourceFile.at(identity, problem=problem)
        return SourceFile.at(identity, path.read_bytes())
    except OSError as error:
        return SourceFile.at(identity, problem=f"cannot be read ({error.strerror})")
