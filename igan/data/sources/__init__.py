"""Sources of photos, one data set or container a file, and the choice of the right one."""

from pathlib import Path

from igan.data.sources.amazon import AmazonSource
from igan.data.sources.folder import FolderSource
from igan.data.sources.hdf5 import Hdf5Source
from igan.data.sources.list import ListSource
from igan.data.sources.lsun import LsunSource
from igan.data.sources.paired import PairedSource
from igan.data.sources.photo_source import PhotoSource, SourceFile, UnreadableFileError
from igan.data.sources.photo_store import PhotoStoreSource
from igan.data.sources.places import PlacesSource
from igan.data.sources.sketch import SketchSource
from igan.data.sources.source_options import NO_OPTIONS, SourceOptions
from igan.data.sources.tar import TarSource
from igan.data.sources.zappos import ZapposSource
from igan.data.sources.zip import ZipSource
from igan.errors import SourceError

__all__ = [
    "SOURCES",
    "SOURCE_KINDS",
    "PhotoSource",
    "SourceFile",
    "SourceOptions",
    "UnreadableFileError",
    "open_source",
]

SOURCES: tuple[type[PhotoSource], ...] = (
    PhotoStoreSource,
    LsunSource,
    Hdf5Source,
    ZapposSource,
    PlacesSource,
    PairedSource,
    AmazonSource,
    TarSource,
    ZipSource,
    ListSource,
    FolderSource,
)
"""In the order in which they are tried where no kind is named: the special before the general."""

SOURCE_KINDS = tuple(sorted((SketchSource.kind, *(source.kind for source in SOURCES))))


def open_source(
    path: str | Path, kind: str | None = None, options: SourceOptions = NO_OPTIONS
) -> PhotoSource:
    """Return the source of this kind at `path`, or of the kind that what lies there looks like.

    The kind `sketch` draws from the source that is detected there.

    Raises:
        SourceError: nothing is there, it is no collection of photos, or an option is given that
            such a source does not know.
    """
    path = Path(path)
    if kind == SketchSource.kind:
        return SketchSource(open_source(path, options=options))
    source = _detected(path) if kind is None else _named(kind)
    _refuse_unknown(options, source, path)
    if not (path.exists() or source.lies_at(path)):
        raise SourceError(f"{path} does not exist; name a folder or a file of photos.")
    return source(path, options)


def _detected(path: Path) -> type[PhotoSource]:
    for source in SOURCES:
        try:
            if source.lies_at(path):
                return source
        except OSError as error:
            raise SourceError(f"{path} cannot be read ({error.strerror}).") from error
    if not path.exists():
        raise SourceError(f"{path} does not exist; name a folder or a file of photos.")
    raise SourceError(
        f"{path} does not look like a collection of photos; name a folder, a zip or tar file, or "
        f"its kind with --source ({', '.join(SOURCE_KINDS)})."
    )


def _named(kind: str) -> type[PhotoSource]:
    for source in SOURCES:
        if source.kind == kind:
            return source
    raise SourceError(
        f"there is no source of the kind {kind!r}; the kinds are {', '.join(SOURCE_KINDS)}."
    )


def _refuse_unknown(options: SourceOptions, source: type[PhotoSource], path: Path) -> None:
    for option in options.given():
        if option not in source.takes:
            flag = "category" if option == "categories" else option.replace("_", "-")
            raise SourceError(
                f"--{flag} means nothing to the source {source.kind}, as which {path} is read; "
                "leave it out, or name another kind with --source."
            )
