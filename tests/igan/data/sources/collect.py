"""What a source gives, loaded: small enough here to hold at once."""

from dataclasses import dataclass

import numpy as np

from igan.data.sources import PhotoSource, SourceFile, UnreadableFileError


@dataclass(frozen=True)
class Loaded:
    identity: str
    data: bytes | np.ndarray
    split: str | None
    label: str | None


def loaded(source: PhotoSource) -> list[Loaded]:
    """Load every file, the last first, and return them in the source's order."""
    files = list(source.files())
    data = [file.load() for file in reversed(files)][::-1]
    return [
        Loaded(file.identity, content, file.split, file.label)
        for file, content in zip(files, data, strict=True)
    ]


def problem_of(file: SourceFile) -> str:
    """Return why a file cannot be loaded, or nothing."""
    try:
        file.load()
    except UnreadableFileError as error:
        return str(error)
    return ""
