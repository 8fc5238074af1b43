"""Percentile bootstrap: how far a mean over photos, or a ratio of two, is to be trusted."""

import numpy as np
import numpy.typing as npt

RESAMPLES = 2000
PERCENTILES = (2.5, 97.5)


def bootstrap_interval(values: npt.NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile interval of the mean of `values` (N,) over resampled photos."""
    low, high = np.percentile(values[_draws(len(values), seed)].mean(1), PERCENTILES)
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


def _draws(count: int, seed: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).integers(count, size=(RESAMPLES, count))
