"""Two pictures side by side, as pix2pix publishes edges2shoes and edges2handbags.

Isola, Zhu, Zhou, Efros, *Image-to-Image Translation with Conditional Adversarial Networks*, CVPR
2017; `edges2shoes.tar.gz` holds `edges2shoes/train/1_AB.jpg` and `val/...`, 512 x 256: edges on the
left, the photo on the right.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from igan.data.sources.decoded import decoded
from igan.data.sources.folder import FolderSource
from igan.data.sources.photo_source import PhotoSource, SourceFile, UnreadableFileError
from igan.data.sources.source_options import NO_OPTIONS, Half, SourceOptions
from igan.data.sources.tar import TarSource
from igan.data.sources.zip import ZipSource
from igan.errors import SourceError

if TYPE_CHECKING:
    import numpy as np

PUBLISHED = ("edges2shoes", "edges2handbags")


class PairedSource(PhotoSource):
    """Takes one half of every picture of a folder, a zip file or a tar file."""

    kind = "paired"
    licence = (
        "edges2shoes and edges2handbags: made from UT Zappos50K and from Amazon's product photos, "
        "which belong to their owners; for research"
    )
    takes = frozenset({"half"})

    def __init__(self, path: Path, options: SourceOptions = NO_OPTIONS) -> None:
        if options.half is None:
            raise SourceError(
                f"each picture of {path} holds two, side by side; say which to take with "
                "--half left or --half right."
            )
        self.name = path.resolve().name
        self.half = options.half
        container: type[PhotoSource] = FolderSource
        if not path.is_dir():
            container = ZipSource if ZipSource.lies_at(path) else TarSource
        self.pairs = container(path)

    @staticmethod
    def lies_at(path: Path) -> bool:
        return path.name.partition(".")[0] in PUBLISHED

    def count(self) -> int | None:
        return self.pairs.count()

    def files(self) -> Iterator[SourceFile]:
        for pair in self.pairs.files():
            yield replace(pair, load=partial(_read_half, pair, self.half))


def _read_half(pair: SourceFile, half: Half) -> "np.ndarray":
    """Return one half as uint8 (H, W / 2, C)."""
    pixels = decoded(pair)
    width_px = pixels.shape[1]
    if width_px < 2 or width_px % 2:
        raise UnreadableFileError(f"is {width_px} pixels wide and cannot be halved")
    middle = width_px // 2
    return pixels[:, :middle] if half == "left" else pixels[:, middle:]
