"""Pairs of records that show the same: copies of a photo, saved again, scaled or a little changed.

Candidates differ in few bits of their perceptual hashes. They are found by multi-index hashing
(Norouzi, Punjani, Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012): of
two hashes that differ in at most 4 bits, one of four 16-bit bands differs in at most one, so that
only records that share a bucket, or a neighbouring one, are compared. Catalogue photos of like
things have like hashes; so candidates must also agree as small pictures do.
"""

from collections.abc import Callable, Iterator

import cv2
import numpy as np

from igan.data.second_look import second_look
from igan.data.store import Store

MOST_DIFFERING_BITS = 4
LEAST_CORRELATION = 0.98

NEAR_DUPLICATE = np.dtype(
    [("first", "<i8"), ("second", "<i8"), ("differing_bits", "u1"), ("correlation", "<f4")]
)
"""Two records, `first` < `second`; the correlation of their pictures, see `second_look`."""

_BANDS, _BAND_BITS = 4, 16
_BUCKETS = 1 << _BAND_BITS
_NEIGHBOURS = (0, *(1 << bit for bit in range(_BAND_BITS)))
_PAIRS_AT_ONCE = 1 << 20
_THUMBNAIL_PX = 8
_READ_AT_ONCE = 256


def near_duplicates(
    store: Store, progress: Callable[[int], object] = lambda records: None
) -> np.ndarray:
    """Return the near-duplicates of a store, a structured array of `NEAR_DUPLICATE`, closest first.

    Args:
        progress: gets the number of records looked at so far.

    Raises:
        StoreError: the store cannot be read.
    """
    hashes = store.traits()["perceptual_hash"]
    thumbnails = _thumbnails(store, progress)
    found = [np.empty(0, NEAR_DUPLICATE)]
    for first, second in pairs_within(hashes):
        correlation = np.einsum("nd,nd->n", thumbnails[first], thumbnails[second], dtype=np.float32)
        alike = correlation >= LEAST_CORRELATION
        rows = np.empty(int(alike.sum()), NEAR_DUPLICATE)
        rows["first"], rows["second"] = first[alike], second[alike]
        rows["differing_bits"] = np.bitwise_count(hashes[first[alike]] ^ hashes[second[alike]])
        rows["correlation"] = correlation[alike]
        found.append(rows)
    rows = np.concatenate(found)
    return second_look(store, rows[np.lexsort((rows["second"], rows["first"]))])


def pairs_within(hashes: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield all pairs of 64-bit hashes that differ in at most MOST_DIFFERING_BITS, each once.

    Args:
        hashes: uint64 (N,).

    Yields:
        Positions of the first and second hashes of some pairs, int64 (M,) each; first < second.
    """
    bands = hashes[:, None] >> (_BAND_BITS * np.arange(_BANDS, dtype=np.uint64))
    bands = (bands & np.uint64(_BUCKETS - 1)).astype(np.int64)
    for band in range(_BANDS):
        for a, b in _pairs_of_neighbours(bands[:, band]):
            close = np.bitwise_count(hashes[a] ^ hashes[b]) <= MOST_DIFFERING_BITS
            a, b = a[close], b[close]
            earlier = np.bitwise_count(bands[a, :band] ^ bands[b, :band]) <= 1
            is_new = ~earlier.any(axis=1)
            yield np.minimum(a, b)[is_new], np.maximum(a, b)[is_new]


def _pairs_of_neighbours(values: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield all pairs of positions whose 16-bit values differ in at most one bit, each once."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.searchsorted(ordered, np.arange(_BUCKETS + 1))
    for flipped in _NEIGHBOURS:
        partners = ordered ^ flipped
        begin, end = starts[partners], starts[partners + 1]
        if flipped == 0:
            begin = np.arange(1, len(order) + 1)
        else:
            end = np.where(partners > ordered, end, begin)
        counts = np.maximum(end - begin, 0)
        for part in _parts(counts):
            repeats = counts[part]
            offsets = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats)
            a = np.repeat(np.arange(part.start, part.stop), repeats)
            yield order[a], order[np.repeat(begin[part], repeats) + offsets]


def _parts(counts: np.ndarray) -> Iterator[slice]:
    """Cut positions into runs of about _PAIRS_AT_ONCE pairs."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, before + _PAIRS_AT_ONCE, side="right"))
        stop = max(stop, start + 1)
        yield slice(start, stop)
        start = stop


def _thumbnails(store: Store, progress: Callable[[int], object]) -> np.ndarray:
    """Return small pictures without their mean and of length 1, so that a product correlates."""
    values = _THUMBNAIL_PX * _THUMBNAIL_PX * store.channels
    thumbnails = np.empty((len(store), values), np.float16)
    for start in range(0, len(store), _READ_AT_ONCE):
        pictures = store.read(range(start, min(start + _READ_AT_ONCE, len(store))))
        small = np.stack([_reduced(picture) for picture in pictures]).reshape(len(pictures), values)
        centred = small - small.mean(axis=1, keepdims=True)
        length = np.linalg.norm(centred, axis=1, keepdims=True)
        thumbnails[start : start + len(pictures)] = centred / np.maximum(length, 1e-6)
        progress(start + len(pictures))
    return thumbnails


def _reduced(picture: np.ndarray) -> np.ndarray:
    size = (_THUMBNAIL_PX, _THUMBNAIL_PX)
    return cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
