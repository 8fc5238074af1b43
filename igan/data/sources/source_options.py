"""The choices a person may make among what a source holds."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, get_args

Half = Literal["left", "right"]
HALVES: tuple[Half, ...] = get_args(Half)


@dataclass(frozen=True)
class SourceOptions:
    """What to take from a source; every source says which of these it knows.

    Attributes:
        categories: take these classes only, by the names the data set gives them.
        half: the side to take of pictures that hold two, side by side.
        root: the folder in which listed files lie; default: beside the list.
        query: take the products that this describes.
        downloads: the folder for downloaded photos; default: beside the metadata.
        allow_private_hosts: download from addresses of private networks, too.
    """

    categories: tuple[str, ...] = ()
    half: Half | None = None
    root: Path | None = None
    query: str = ""
    downloads: Path | None = None
    allow_private_hosts: bool = False

    def given(self) -> tuple[str, ...]:
        """Return the names of the options that differ from their default."""
        return tuple(
            option.name for option in fields(self) if getattr(self, option.name) != option.default
        )


NO_OPTIONS = SourceOptions()
