"""Small photo stores for tests."""

import hashlib
from pathlib import Path

import numpy as np

from igan.data.store import StoreWriter
from igan.data.store_format import IndexEntry


def tiny_store(folder: Path, count: int = 40, size: int = 16, channels: int = 3) -> Path:
    """A store of smooth random pictures, every fourth of them held out."""
    folder.mkdir(parents=True)
    draw = np.random.default_rng(0)
    ramp = np.linspace(0, 1, size)
    with StoreWriter(folder, size=size, channels=channels) as writer:
        for number in range(count):
            slope_x, slope_y = draw.uniform(-1, 1, (2, channels))
            picture = 128 + 60 * (slope_x * ramp[:, None, None] + slope_y * ramp[None, :, None])
            entry = IndexEntry(
                identity=f"{number}.png",
                content_sha256=hashlib.sha256(bytes([number])).digest(),
                split="test" if number % 4 == 0 else "train",
            )
            writer.add(picture.astype(np.uint8), entry)
    return folder
