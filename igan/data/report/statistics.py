"""Figures of all pictures of a store, taken in two passes over it in bounded memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from igan.data.store import Store

READ_AT_ONCE = 256
REC601_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
FLAT_CONTRAST_LEVELS = 4.0


@dataclass(frozen=True)
class PictureStatistics:
    """Figures of the pictures; levels are 0 to 255.

    Attributes:
        mean: float64 (H, W, C), the average picture.
        deviation: float64 (H, W, C), the standard deviation of each of its samples.
        brightness: float32 (N,), mean luma of each picture.
        contrast: float32 (N,), standard deviation of luma within each picture.
        strangeness: float32 (N,), root mean square of a picture's distance from the average one,
            in standard deviations of each sample; about 1 for a picture like the others.
    """

    mean: np.ndarray
    deviation: np.ndarray
    brightness: np.ndarray
    contrast: np.ndarray
    strangeness: np.ndarray

    @property
    def flat(self) -> np.ndarray:
        """Indices of pictures that are of about one colour, int64 (M,)."""
        return np.flatnonzero(self.contrast < FLAT_CONTRAST_LEVELS)


def picture_statistics(
    store: Store, progress: Callable[[int], object] = lambda records: None
) -> PictureStatistics:
    """Read all pictures twice and return their figures; `progress` counts up to twice the store.

    Raises:
        StoreError: the store cannot be read.
    """
    shape = (store.size, store.size, store.channels)
    total, total_of_squares = np.zeros(shape), np.zeros(shape)
    brightness, contrast, strangeness = (np.empty(len(store), np.float32) for _ in range(3))
    for start, pictures in _batches(store):
        levels = pictures.astype(np.float32)
        total += levels.sum(axis=0, dtype=np.float64)
        total_of_squares += np.square(levels).sum(axis=0, dtype=np.float64)
        luma = levels @ REC601_LUMA if store.channels == 3 else levels[..., 0]
        part = slice(start, start + len(pictures))
        brightness[part] = luma.mean(axis=(1, 2))
        contrast[part] = luma.std(axis=(1, 2))
        progress(start + len(pictures))
    mean = total / len(store)
    deviation = np.sqrt(np.maximum(total_of_squares / len(store) - mean**2, 0.0))
    scale = (1 / np.maximum(deviation, 1.0)).astype(np.float32)
    centre = mean.astype(np.float32)
    for start, pictures in _batches(store):
        distance = np.square((pictures - centre) * scale).mean(axis=(1, 2, 3))
        strangeness[start : start + len(pictures)] = np.sqrt(distance)
        progress(len(store) + start + len(pictures))
    return PictureStatistics(mean, deviation, brightness, contrast, strangeness)


def _batches(store: Store) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, len(store), READ_AT_ONCE):
        yield start, store.read(range(start, min(start + READ_AT_ONCE, len(store))))
