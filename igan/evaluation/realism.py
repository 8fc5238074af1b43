"""How far generated pictures are from photos, as distributions in a feature space.

KID is the squared maximum mean discrepancy with the kernel (x . y / D + 1)^3, without bias
(Binkowski, Sutherland, Arbel, Gretton, "Demystifying MMD GANs", ICLR 2018, section 4), over all
pictures at once instead of random subsets. FID is the Frechet distance of two normal distributions
(Heusel et al. 2017, eq. 6); it is biased upwards, more the fewer the pictures.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.floating]

RESAMPLES = 500
JACKKNIFE_GROUPS = 20
T_QUANTILE_OF_GROUPS = 2.093
"""Student's t, 97.5 %, for one degree of freedom less than there are groups."""
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True)
class Kid:
    """A kernel distance; `interval` holds it with 95 % confidence (bootstrap over both sets)."""

    value: float
    interval: tuple[float, float]


def kernel_distance(photos: Features, samples: Features) -> float:
    """KID between two sets of features `(N, D)` and `(M, D)`; 0 is expected for equal sources.

    Raises:
        ValueError: a set of less than two.
    """
    weights = [np.ones((len(features), 1)) for features in (photos, samples)]
    return float(_weighted_distances(photos, samples, *weights)[0])


def bootstrapped_kernel_distance(
    photos: Features, samples: Features, resamples: int = RESAMPLES, seed: int = 0
) -> Kid:
    """`kernel_distance` with its 95 % percentile interval over resampled photos and samples.

    A picture that is drawn twice is not paired with itself, so a resample is no more biased than
    the distance itself.
    """
    draw = np.random.default_rng(seed)
    photo_weights, sample_weights = (
        np.concatenate(
            [
                np.ones((count, 1)),
                draw.multinomial(count, np.full(count, 1 / count), resamples).T,
            ],
            axis=1,
        )
        for count in (len(photos), len(samples))
    )
    distances = _weighted_distances(photos, samples, photo_weights, sample_weights)
    low, high = np.percentile(distances[1:], [2.5, 97.5])
    return Kid(float(distances[0]), (float(low), float(high)))


def frechet_distance(photos: Features, samples: Features) -> float:
    """FID between two sets of features `(N, D)` and `(M, D)`.

    Raises:
        ValueError: a set of less than two.
    """
    _check_sets(photos, samples)
    photos, samples = np.asarray(photos, np.float64), np.asarray(samples, np.float64)
    one, other = np.cov(photos, rowvar=False), np.cov(samples, rowvar=False)
    values, vectors = np.linalg.eigh(np.atleast_2d(one))
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    of_product = np.linalg.eigvalsh(root @ np.atleast_2d(other) @ root).clip(0)
    shift = photos.mean(0) - samples.mean(0)
    spread = np.trace(np.atleast_2d(one)) + np.trace(np.atleast_2d(other))
    return float(shift @ shift + spread - 2 * np.sqrt(of_product).sum())


def frechet_interval(photos: Features, samples: Features) -> tuple[float, float]:
    """The 95 % interval of `frechet_distance`, by a jackknife over groups of both sets.

    A bootstrap would not do: repeated pictures raise the distance. The interval tells how far the
    value would move with other pictures, not how far sets of this size put it above the distance of
    the distributions.

    Raises:
        ValueError: a set of less than two pictures a group.
    """
    fewest = min(len(photos), len(samples))
    if fewest < 2 * JACKKNIFE_GROUPS:
        raise ValueError(f"{fewest} pictures for {JACKKNIFE_GROUPS} groups")
    rng = np.random.default_rng(0)
    group_of_photo, group_of_sample = (
        rng.permutation(len(features)) % JACKKNIFE_GROUPS for features in (photos, samples)
    )
    without = np.array(
        [
            frechet_distance(photos[group_of_photo != group], samples[group_of_sample != group])
            for group in range(JACKKNIFE_GROUPS)
        ]
    )
    error = T_QUANTILE_OF_GROUPS * float(np.sqrt((JACKKNIFE_GROUPS - 1) * without.var()))
    value = frechet_distance(photos, samples)
    return max(0.0, value - error), value + error


def _weighted_distances(
    photos: Features,
    samples: Features,
    photo_weights: npt.NDArray[np.float64],
    sample_weights: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """KID for each of R weightings, `(N, R)` and `(M, R)`, of the pictures."""
    _check_sets(photos, samples)
    across = _products(photos, samples, photo_weights, sample_weights)
    across /= photo_weights.sum(0) * sample_weights.sum(0)
    return (
        _without_self(photos, photo_weights) + _without_self(samples, sample_weights) - 2 * across
    )


def _without_self(features: Features, weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean kernel over the pairs of different pictures."""
    squares = np.square(weights)
    own = _polynomial(np.einsum("nd,nd->n", features, features, dtype=np.float64), features)
    pairs = _products(features, features, weights, weights) - own @ squares
    return pairs / (np.square(weights.sum(0)) - squares.sum(0))


def _products(
    one: Features,
    other: Features,
    one_weights: npt.NDArray[np.float64],
    other_weights: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Sum over all pairs of w_i w_j k(i, j), for each weighting, a few rows at a time."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    total = np.zeros(one_weights.shape[1])
    for start in range(0, len(one), _ROWS_AT_ONCE):
        rows = slice(start, start + _ROWS_AT_ONCE)
        kernel = _polynomial(one[rows] @ other.T, one)
        total += np.einsum("nr,nr->r", one_weights[rows], kernel @ other_weights)
    return total


def _polynomial(products: npt.NDArray[np.float64], features: Features) -> npt.NDArray[np.float64]:
    return (products / features.shape[1] + 1) ** 3


def _check_sets(photos: Features, samples: Features) -> None:
    if min(len(photos), len(samples)) < 2:
        raise ValueError(f"{len(photos)} photos and {len(samples)} samples; at least 2 are needed")
