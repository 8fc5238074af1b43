"""The files beside an ONNX file that hold its weights."""

import mmap
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath


class FilesBeside(Mapping[str, memoryview]):
    """The plain files inside `folder` by their relative path, mapped into memory when asked for.

    A path that leads out of the folder, by its name or by a link, is not there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._opened: dict[str, memoryview] = {}

    def __getitem__(self, location: str) -> memoryview:
        if location not in self._opened:
            path = self._find(location)
            if path is None:
                raise KeyError(location)
            with path.open("rb") as file:
                empty = path.stat().st_size == 0
                mapped = b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            self._opened[location] = memoryview(mapped)
        return self._opened[location]

    def __contains__(self, location: object) -> bool:
        return isinstance(location, str) and self._find(location) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._opened)

    def __len__(self) -> int:
        return len(self._opened)

    def _find(self, location: str) -> Path | None:
        parts = PurePosixPath(location.replace("\\", "/")).parts
        if not parts or ".." in parts or "\0" in location or Path(location).is_absolute():
            return None
        path = self._folder.joinpath(*parts)
        try:
            inside = path.resolve(strict=True).is_relative_to(self._folder)
            return path if inside and stat.S_ISREG(path.lstat().st_mode) else None
        except OSError:
            return None
