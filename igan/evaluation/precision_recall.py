"""Do generated pictures look like photos, and are all kinds of photos among them?

Kynkaanniemi, Karras, Laine, Lehtinen, Aila, "Improved Precision and Recall Metric for Assessing
Generative Models", NeurIPS 2019: the manifold of a set is the union of the balls around its members
that reach to the third nearest other member. Precision is the share of samples in the manifold of
the photos, recall the share of photos in that of the samples.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.floating]

NEIGHBOURS = 3
_ROWS_AT_ONCE = 1024


class PrecisionRecall(NamedTuple):
    """Which pictures lie in the other set's manifold.

    Attributes:
        samples: bool (M,), whose mean is the precision.
        photos: bool (N,), whose mean is the recall.
    """

    samples: npt.NDArray[np.bool_]
    photos: npt.NDArray[np.bool_]


def precision_and_recall(
    photos: Features, samples: Features, neighbours: int = NEIGHBOURS
) -> PrecisionRecall:
    """Compare features `(N, D)` and `(M, D)` of two sets, best of the same size.

    Raises:
        ValueError: a set of no more than `neighbours`.
    """
    return PrecisionRecall(
        samples=in_manifold(photos, samples, neighbours),
        photos=in_manifold(samples, photos, neighbours),
    )


def in_manifold(
    members: Features, others: Features, neighbours: int = NEIGHBOURS
) -> npt.NDArray[np.bool_]:
    """Whether each of `others` (M, D) lies in the manifold of `members` (N, D): bool (M,).

    Raises:
        ValueError: no more than `neighbours` members.
    """
    if len(members) <= neighbours:
        raise ValueError(f"the manifold of {len(members)} pictures by {neighbours} neighbours")
    members, others = np.asarray(members, np.float64), np.asarray(others, np.float64)
    # The nearest member of all is the member itself.
    reach = np.concatenate(
        [
            np.partition(distances, neighbours, axis=1)[:, neighbours]
            for distances in _squared_distances(members, members)
        ]
    )
    return np.concatenate(
        [(distances <= reach).any(1) for distances in _squared_distances(others, members)]
    )


def _squared_distances(one: Features, other: Features) -> Iterator[npt.NDArray[np.float64]]:
    """Between all pairs, (rows, M) for each part of the rows of `one`."""
    lengths = np.square(other).sum(1)
    for start in range(0, len(one), _ROWS_AT_ONCE):
        rows = one[start : start + _ROWS_AT_ONCE]
        squares = np.square(rows).sum(1)[:, None] + lengths - 2 * (rows @ other.T)
        yield squares.clip(0)
