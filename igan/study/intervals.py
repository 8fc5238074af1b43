"""How far shares of votes are to be trusted, when people and pictures both vary.

A vote is one person's of one picture. Votes of one person are alike, and so are votes on one
picture, so that neither votes, nor people, nor pictures alone may be taken for independent. The
variance is the two-way cluster-robust one of Cameron, Gelbach and Miller (2011), which adds that
between people and that between pictures and subtracts what both count. Intervals of shares are
Wilson's at the number of independent votes that would vary as much (Dean and Pagano 2015), with
Student's t instead of the normal quantile, its degrees of freedom those of the smaller group.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

CONFIDENCE = 0.95
FEWEST_IN_A_GROUP = 3

Codes = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A share, or a difference of two, with its 95 % interval.

    Attributes:
        effective_votes: as many independent votes would vary as much; None of a difference.
    """

    value: float
    low: float
    high: float
    effective_votes: float | None = None


def share_estimate(real: npt.NDArray[np.bool_], people: Codes, pictures: Codes) -> Estimate:
    """Estimate the share of votes that say real.

    Args:
        real: (N,) the votes.
        people, pictures: (N,) whose and of what, numbered from 0.

    Raises:
        ValueError: fewer than three people or pictures.
    """
    share = float(real.mean())
    quantile = _quantile(people, pictures)
    if share in (0.0, 1.0):
        votes = float(min(len(np.unique(people)), len(np.unique(pictures))))
    else:
        influence = (real - share) / len(real)
        variance = max(
            two_way_variance(influence, people, pictures), share * (1 - share) / len(real)
        )
        votes = share * (1 - share) / variance
    low, high = wilson_interval(share, votes, quantile)
    return Estimate(share, low, high, votes)


def difference_estimate(
    real: npt.NDArray[np.bool_],
    in_second: npt.NDArray[np.bool_],
    people: Codes,
    sources: Codes,
) -> Estimate:
    """Estimate the share of the second group of votes minus that of the first.

    Args:
        real: (N,) the votes of both groups.
        in_second: (N,) which are of the second.
        people: (N,) whose; what one person tends to say in both groups cancels.
        sources: (N,) of what; two edits of one photo count as the same.

    Raises:
        ValueError: fewer than three people or sources, or an empty group.
    """
    shares = [float(real[group].mean()) for group in (~in_second, in_second)]
    counts = [int((~in_second).sum()), int(in_second.sum())]
    influence = np.where(in_second, (real - shares[1]) / counts[1], -(real - shares[0]) / counts[0])
    reach = _quantile(people, sources) * math.sqrt(two_way_variance(influence, people, sources))
    difference = shares[1] - shares[0]
    return Estimate(difference, max(-1.0, difference - reach), min(1.0, difference + reach))


def two_way_variance(influence: Values, first: Codes, second: Codes) -> float:
    """Variance of a sum of influences (N,) that are alike within two crossed groupings (N,).

    Where the difference comes out below the larger of the two one-way variances, that one is taken.
    """
    one_way = [_clustered(influence, codes) for codes in (first, second)]
    both = _clustered(influence, first * (int(second.max()) + 1) + second)
    return max(sum(one_way) - both, *one_way)


def wilson_interval(share: float, votes: float, quantile: float) -> tuple[float, float]:
    """Wilson's score interval of a share of so many independent votes."""
    square = quantile**2
    centre = (share + square / (2 * votes)) / (1 + square / votes)
    reach = math.sqrt(share * (1 - share) / votes + square / (4 * votes**2))
    reach *= quantile / (1 + square / votes)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def student_quantile(probability: float, degrees: int) -> float:
    """Quantile of Student's t, to one per cent from two degrees of freedom on.

    Five terms of the expansion about the normal quantile (Abramowitz and Stegun 26.7.5).
    """
    z = NormalDist().inv_cdf(probability)
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / degrees**power for power, term in enumerate(terms))


def _quantile(first: Codes, second: Codes) -> float:
    smaller = min(len(np.unique(first)), len(np.unique(second)))
    if smaller < FEWEST_IN_A_GROUP:
        raise ValueError(f"an interval needs {FEWEST_IN_A_GROUP} people and pictures")
    return student_quantile((1 + CONFIDENCE) / 2, smaller - 1)


def _clustered(influence: Values, codes: Codes) -> float:
    """Variance of the sum when whole groups are independent, unbiased for few groups."""
    _, groups = np.unique(codes, return_inverse=True)
    sums = np.bincount(groups, influence)
    return float(len(sums) / (len(sums) - 1) * (sums**2).sum())
