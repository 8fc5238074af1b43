"""Photos in a zip file, read where they lie: nothing is extracted."""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from igan.data.sources.photo_source import SourceFile, is_photo_name, too_large
from igan.errors import SourceError


class ZipSource:
    """Reads the members of a zip file in the order of its directory."""

    kind = "zip"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @staticmethod
    def lies_at(path: Path) -> bool:
        return path.is_file() and zipfile.is_zipfile(path)

    def count(self) -> int:
        with self._opened() as archive:
            return sum(1 for _ in _members(archive))

    def files(self) -> Iterator[SourceFile]:
        with self._opened() as archive:
            for member in _members(archive):
                yield _read(archive, member)

    def _opened(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise SourceError(
                f"{self.path} cannot be read as a zip file ({error}); download or pack it again."
            ) from error


def _members(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for member in archive.infolist():
        if not member.is_dir() and is_photo_name(member.filename):
            yield member


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> SourceFile:
    identity = member.filename
    if (problem := too_large(member.file_size)) is not None:
        return SourceFile.at(identity, problem=problem)
    try:
        with archive.open(member) as file:
            return SourceFile.at(identity, file.read(member.file_size))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        return SourceFile.at(identity, problem=f"is damaged in the zip file ({error})")
    except (RuntimeError, NotImplementedError) as error:
        return SourceFile.at(identity, problem=f"cannot be unpacked ({error})")
