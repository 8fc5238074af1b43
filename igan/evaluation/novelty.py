"""Are generated pictures as far from the photos to train on as other photos are?

A model that repeats its photos draws samples that lie nearer to them than photos it has never seen.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from igan.evaluation.bootstrap import PERCENTILES, RESAMPLES, bootstrap_interval

Distances = npt.NDArray[np.floating]
Interval = tuple[float, float]


@dataclass(frozen=True)
class NoveltyFigures:
    """Distances to the nearest photo to train on, with 95 % intervals (bootstrap).

    Attributes:
        samples, held_out: mean distance of the generated pictures, and of photos held out.
        nearer: how often a generated picture is the nearer one of a pair of both; half of the time
            for a model whose pictures are as new as photos are, always for one that repeats.
    """

    samples: float
    samples_interval: Interval
    held_out: float
    held_out_interval: Interval
    nearer: float
    nearer_interval: Interval


def novelty(samples: Distances, held_out: Distances, seed: int = 0) -> NoveltyFigures:
    """Compare distances (N,) and (M,) to the nearest photo to train on."""
    ours, theirs = samples.astype(np.float64), held_out.astype(np.float64)
    nearer = (ours[:, None] < theirs) + 0.5 * (ours[:, None] == theirs)
    rng = np.random.default_rng(seed)
    drawn_samples, drawn_photos = (
        rng.multinomial(count, np.full(count, 1 / count), RESAMPLES).astype(np.float64)
        for count in nearer.shape
    )
    resampled = ((drawn_samples @ nearer) * drawn_photos).sum(1) / nearer.size
    low, high = np.percentile(resampled, PERCENTILES)
    return NoveltyFigures(
        samples=float(ours.mean()),
        samples_interval=bootstrap_interval(ours),
        held_out=float(theirs.mean()),
        held_out_interval=bootstrap_interval(theirs),
        nearer=float(nearer.mean()),
        nearer_interval=(float(low), float(high)),
    )
