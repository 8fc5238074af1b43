"""A second look at near-duplicates, at a size at which different things of one shape differ."""

import cv2
import numpy as np

from igan.data.store import Store

SECOND_LOOK_PX = 32
LEAST_CORRELATION = 0.98
"""Of 300 photos saved again at quality 30, at 0.6 of their size or brighter, all reach this; of the
pairs of shoes of one shape that small thumbnails take for the same, one in twenty does."""

PAIRS_AT_ONCE = 128


def second_look(store: Store, pairs: np.ndarray) -> np.ndarray:
    """Return those pairs that are alike at 32 x 32 pixels, the closest first.

    Their `correlation` becomes that at this size.

    Args:
        pairs: structured array of `igan.data.near_duplicates.NEAR_DUPLICATE`.

    Raises:
        StoreError: the store cannot be read.
    """
    correlation = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), PAIRS_AT_ONCE):
        part = pairs[start : start + PAIRS_AT_ONCE]
        first, second = (_directions(store.read(part[name])) for name in ("first", "second"))
        correlation[start : start + len(part)] = (first * second).sum(axis=1)
    kept = pairs[correlation >= LEAST_CORRELATION].copy()
    kept["correlation"] = correlation[correlation >= LEAST_CORRELATION]
    return kept[np.argsort(-kept["correlation"], kind="stable")]


def _directions(pictures: np.ndarray) -> np.ndarray:
    """Return small pictures without their mean and of length 1, float32 (N, D)."""
    side_px = min(SECOND_LOOK_PX, pictures.shape[1])
    small = np.stack(
        [
            cv2.resize(picture, (side_px, side_px), interpolation=cv2.INTER_AREA)
            for picture in pictures
        ]
    )
    values = small.reshape(len(small), -1).astype(np.float32)
    values -= values.mean(axis=1, keepdims=True)
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6)
