"""Small photos and small stores, made on the spot."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from igan.data.split import split_by_identity
from igan.data.store import Store, StoreWriter
from igan.data.store_format import IndexEntry, StoreSource

MakeStore = Callable[..., Store]


def random_pictures(count: int, size: int = 16, channels: int = 3, seed: int = 0) -> np.ndarray:
    """Return smooth random pictures uint8 (count, size, size, channels)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (count, 4, 4, channels), np.uint8)
    smooth = [cv2.resize(picture, (size, size)) for picture in coarse]
    return np.stack(smooth).reshape(count, size, size, channels)


def detailed_pictures(count: int, size: int = 64, channels: int = 3) -> np.ndarray:
    """Return random pictures uint8 (count, size, size, channels) with finer detail than those."""
    coarse = np.random.default_rng(0).integers(0, 256, (count, 12, 12, channels), np.uint8)
    fine = [cv2.resize(picture, (size, size), interpolation=cv2.INTER_CUBIC) for picture in coarse]
    return np.stack(fine).reshape(count, size, size, channels)


def write_photo_file(path: Path, seed: int = 0, width_px: int = 40, height_px: int = 30) -> Path:
    """Write a smooth random photo in the format of the path's suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), np.uint8)
    assert cv2.imwrite(str(path), cv2.resize(coarse, (width_px, height_px)))
    return path


@pytest.fixture
def make_store(tmp_path: Path) -> MakeStore:
    """Return a function that fills a store with random pictures and opens it."""

    def make(
        name: str = "photos.lmdb",
        count: int = 12,
        size: int = 16,
        channels: int = 3,
        encoding: str = "raw",
        seed: int = 0,
        splits: str | None = None,
        labels: list[str | None] | None = None,
        licence: str = "CC0",
    ) -> Store:
        folder = tmp_path / name
        folder.mkdir()
        source = StoreSource("random", "folder", licence)
        with StoreWriter(
            folder, size=size, channels=channels, encoding=encoding, sources=[source]
        ) as writer:
            for index, pixels in enumerate(random_pictures(count, size, channels, seed)):
                identity = f"{seed}/{index}.png"
                split = {"r": "train", "e": "test"}[splits[index]] if splits else None
                writer.add(
                    pixels,
                    IndexEntry(
                        identity,
                        hashlib.sha256(identity.encode()).digest(),
                        split or split_by_identity(identity),
                        label=labels[index] if labels else "thing",
                    ),
                )
        return Store(folder)

    return make
