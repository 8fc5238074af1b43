"""Importers of photo collections, one a file, and the choice of the right one."""

from pathlib import Path

from igan.data.sources.folder import FolderSource
from igan.data.sources.photo_source import PhotoSource, SourceFile
from igan.data.sources.zip import ZipSource
from igan.errors import SourceError

__all__ = ["SOURCES", "PhotoSource", "SourceFile", "open_source"]

SOURCES = (ZipSource, FolderSource)


def open_source(path: str | Path) -> PhotoSource:
    """Return the importer for what lies at `path`.

    Raises:
        SourceError: nothing is there, or it is no collection of photos.
    """
    path = Path(path)
    if not path.exists():
        raise SourceError(f"{path} does not exist; name a folder or a zip file of photos.")
    for source in SOURCES:
        if source.lies_at(path):
            return source(path)
    raise SourceError(f"{path} is no folder and no zip file; name one of these that holds photos.")
