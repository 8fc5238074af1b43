"""How far a mean over photos, a ratio of two or a share is to be trusted."""

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)
NORMAL_QUANTILE = 1.96


def bootstrap_interval(values: npt.NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile interval of the mean of `values` (N,) over resampled photos."""
    low, high = np.percentile(values[_draws(len(values), seed)].mean(1), PERCENTILES)
    return float(low), float(high)


def median_interval(values: npt.NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile interval of the median of `values` (N,)."""
    medians = np.median(values[_draws(len(values), seed)], axis=1)
    low, high = np.percentile(medians, PERCENTILES)
    return float(low), float(high)


def ratio_interval(
    values: npt.NDArray[np.float64], others: npt.NDArray[np.float64], seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of mean(values) / mean(others), both (N,) of the same N photos.

    A resampled photo counts in both means, so that what makes a photo hard for both cancels.
    """
    draws = _draws(len(values), seed)
    ratios = values[draws].mean(1) / others[draws].mean(1)
    low, high = np.percentile(ratios, PERCENTILES)
    return float(low), float(high)


def share_interval(hits: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The 95 % interval of the share of `hits` (N,) that are true (Wilson 1927).

    Unlike a bootstrap's it has a width where none or all are.
    """
    count, share = len(hits), float(hits.mean())
    shrunk = 1 + NORMAL_QUANTILE**2 / count
    middle = (share + NORMAL_QUANTILE**2 / (2 * count)) / shrunk
    spread = share * (1 - share) / count + NORMAL_QUANTILE**2 / (4 * count**2)
    half = NORMAL_QUANTILE * spread**0.5 / shrunk
    return max(0.0, middle - half), min(1.0, middle + half)


def _draws(count: int, seed: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
