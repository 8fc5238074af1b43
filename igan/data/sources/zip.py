"""Photos in a zip file, read where they lie: nothing is extracted."""

import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from igan.data.sources.photo_source import (
    PhotoSource,
    SourceFile,
    UnreadableFileError,
    check_file_size,
    is_photo_name,
)
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.errors import SourceError


class ZipSource(PhotoSource):
    """Reads the members of a zip file in the order of its directory."""

    kind = "zip"

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        self.path = path
        self.name = path.name

    @staticmethod
    def lies_at(path: Path) -> bool:
        return path.is_file() and zipfile.is_zipfile(path)

    def count(self) -> int:
        with self._opened() as archive:
            return sum(1 for _ in _members(archive))

    def files(self) -> Iterator[SourceFile]:
        archive = self._opened()  # stays open as long as a file of it can be loaded
        for member in _members(archive):
            yield SourceFile.at(member.filename, partial(_read, archive, member))

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
            raise SourceError(
                f"{self.path} cannot be read as a zip file ({error}); download or pack it again."
            ) from error


def _members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for member in archive.infolist():
        if not member.is_dir() and is_photo_name(member.filename):
            yield member


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes; the archive shares its file among threads under a lock."""
    check_file_size(member.file_size)
    try:
        with archive.open(member) as file:
            return file.read(member.file_size)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise UnreadableFileError(f"is damaged in the zip file ({error})") from error
    except (RuntimeError, NotImplementedError) as error:
        raise UnreadableFileError(f"cannot be unpacked ({error})") from error
