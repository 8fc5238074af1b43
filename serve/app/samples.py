"""Sample photos that come with the editor."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serve.errors import EditError, PhotoError
from serve.latent.fields import Fields

INDEX = "samples.json"
TOLD = ("name", "title", "category", "author", "licence", "origin")


@dataclass(frozen=True)
class SamplePhoto:
    """A photo that anybody may use, and whom it is by.

    Attributes:
        name: by which it is asked for.
        file: its name beside the list.
        category: what it shows, such as "shoes".
        data: the bytes of its file.
    """

    name: str
    file: str
    title: str
    category: str
    author: str
    licence: str
    origin: str
    data: bytes

    def describe(self) -> dict[str, str]:
        """What is said about it, as JSON."""
        return {key: getattr(self, key) for key in TOLD}


def read_samples(folder: Path) -> Sequence[SamplePhoto]:
    """Read the photos that `samples.json` in a folder lists.

    Raises:
        PhotoError: there is no such list, or not all that it lists.
    """
    index = folder / INDEX
    try:
        listed = json.loads(index.read_text(encoding="utf-8"))
        return tuple(_sample(folder, entry) for entry in listed)
    except OSError as error:
        raise PhotoError(f"{error.filename} cannot be read: {error.strerror or error}.") from None
    except (EditError, TypeError, ValueError) as error:
        raise PhotoError(f"{index} is no list of sample photos: {error}") from None


def _sample(folder: Path, entry: Any) -> SamplePhoto:
    fields = Fields(entry, "a sample")
    file = fields.text("file")
    if Path(file).name != file:
        raise PhotoError(f"the sample {file!r} must lie beside {INDEX}.")
    about = {key: fields.text(key) for key in TOLD}
    fields.close()
    return SamplePhoto(file=file, data=(folder / file).read_bytes(), **about)
