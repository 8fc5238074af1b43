import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from igan.data import near_duplicates as module
from igan.data.near_duplicates import MOST_DIFFERING_BITS, near_duplicates, pairs_within
from igan.data.store import Store, StoreWriter
from igan.data.store_format import IndexEntry
from tests.igan.data.conftest import detailed_pictures


def store_of(pictures: list[np.ndarray], folder: Path, encoding: str = "raw") -> Store:
    folder.mkdir()
    size, _, channels = pictures[0].shape
    with StoreWriter(folder, size=size, channels=channels, encoding=encoding) as writer:  # type: ignore[arg-type]
        for number, picture in enumerate(pictures):
            content = hashlib.sha256(bytes([number])).digest()
            writer.add(picture, IndexEntry(f"{number}.png", content, "train"))
    return Store(folder)


def clustered_hashes(count: int) -> np.ndarray:
    """Hashes of which many differ in few bits, in any of them, and many are equal."""
    draw = np.random.default_rng(0)
    centres = draw.integers(0, 2**64, 12, np.uint64)
    hashes = centres[draw.integers(0, len(centres), count)]
    for _ in range(5):
        flipped = np.left_shift(np.uint64(1), draw.integers(0, 64, count).astype(np.uint64))
        hashes = np.where(draw.random(count) < 0.5, hashes ^ flipped, hashes)
    return hashes


@pytest.mark.parametrize("at_once", [7, 1 << 20])
def test_all_close_pairs_are_found_once(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(module, "_PAIRS_AT_ONCE", at_once)
    hashes = clustered_hashes(300)
    distances = np.bitwise_count(hashes[:, None] ^ hashes[None])
    first, second = np.nonzero(np.triu(distances <= MOST_DIFFERING_BITS, 1))
    expected = list(zip(first.tolist(), second.tolist(), strict=True))
    found = [
        pair for a, b in pairs_within(hashes) for pair in zip(a.tolist(), b.tolist(), strict=True)
    ]
    assert len(expected) > 500
    assert sorted(found) == expected


def test_far_pairs_of_many_hashes_are_not_compared() -> None:
    hashes = np.random.default_rng(0).integers(0, 2**64, 50_000, np.uint64)
    hashes[40_000] = hashes[17] ^ np.uint64(0b1011)
    assert [(a.tolist(), b.tolist()) for a, b in pairs_within(hashes) if len(a)] == [
        ([17], [40_000])
    ]


@pytest.mark.parametrize("encoding", ["raw", "jpeg"])
def test_planted_copies_are_found_closest_first(tmp_path: Path, encoding: str) -> None:
    pictures = list(detailed_pictures(30, size=64))
    small = cv2.resize(pictures[9], (36, 36), interpolation=cv2.INTER_AREA)
    pictures += [np.clip(pictures[3] * 0.95 + 5, 0, 255).astype(np.uint8), pictures[5].copy()]
    pictures.append(cv2.resize(small, (64, 64)))
    seen: list[int] = []
    found = near_duplicates(store_of(pictures, tmp_path / "store", encoding), seen.append)
    assert {(int(row["first"]), int(row["second"])) for row in found} == {(3, 30), (5, 31), (9, 32)}
    (copy,) = found[found["first"] == 5]
    assert (copy["differing_bits"], round(float(copy["correlation"]), 2)) == (0, 1.0)
    assert list(found["correlation"]) == sorted(found["correlation"], reverse=True)
    assert seen[-1] == 33


def test_like_hashes_of_unlike_pictures_are_none(tmp_path: Path) -> None:
    """Two shapes that are equal in grey and differ in colour have one hash."""
    grey = detailed_pictures(1, size=64, channels=1)[0]
    red, blue = np.zeros((2, 64, 64, 3), np.uint8)
    red[..., 0] = np.minimum(grey[..., 0], 97)
    blue[..., 2] = np.rint(red[..., 0] * 0.299 / 0.114)
    store = store_of([red, blue], tmp_path / "store")
    a, b = store.traits()["perceptual_hash"]
    assert np.bitwise_count(a ^ b) <= MOST_DIFFERING_BITS
    assert len(near_duplicates(store)) == 0


def test_a_store_of_one_picture_has_none(tmp_path: Path) -> None:
    store = store_of([detailed_pictures(1)[0]], tmp_path / "store")
    assert near_duplicates(store).shape == (0,)
