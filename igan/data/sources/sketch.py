"""Line drawings made from the photos of any other source, for models of sketches."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from igan.data.sources.decoded import decoded
from igan.data.sources.photo_source import PhotoSource, SourceFile, UnreadableFileError

if TYPE_CHECKING:
    import numpy as np


class SketchSource(PhotoSource):
    """Draws the outlines of every photo of `photos`, as one channel."""

    kind = "sketch"

    def __init__(self, photos: PhotoSource) -> None:
        self.photos = photos
        self.name = f"sketches of {photos.name}"
        self.licence = photos.licence

    @staticmethod
    def lies_at(path: Path) -> bool:
        """Return False: what photos are drawn from is never seen by a look at them."""
        del path
        return False

    def prepare(self, progress: Callable[[int, int | None], object]) -> None:
        self.photos.prepare(progress)

    def count(self) -> int | None:
        return self.photos.count()

    def files(self) -> Iterator[SourceFile]:
        for file in self.photos.files():
            yield replace(file, load=partial(_draw, file))


def _draw(file: SourceFile) -> "np.ndarray":
    from igan.data.sketching import draw_sketch

    sketch = draw_sketch(decoded(file))
    if sketch.min() == 255:
        raise UnreadableFileError("shows nothing that has an outline")
    return sketch
