"""How far people agree with one another."""

import numpy as np
import numpy.typing as npt


def krippendorff_alpha(counts: npt.NDArray[np.int64]) -> float | None:
    """Krippendorff's alpha of nominal answers: 1 all agree, 0 as if by chance, below 0 disagree.

    Units may have different numbers of answers; those with fewer than two say nothing (Krippendorff
    2004, *Content Analysis*, chapter 11).

    Args:
        counts: (units, values), how many gave each value.

    Returns:
        None where all answers are the same, or no unit has two.
    """
    paired = counts[counts.sum(1) >= 2].astype(np.float64)
    totals = paired.sum(0)
    expected = _differing_pairs(totals[None])[0]
    if expected == 0:
        return None
    answers = paired.sum(1)
    observed = float((_differing_pairs(paired) / (answers - 1)).sum())
    return 1 - observed * (float(totals.sum()) - 1) / float(expected)


def pairwise_agreement(counts: npt.NDArray[np.int64]) -> float | None:
    """Share of pairs of answers to one unit that are the same, units weighed alike.

    None where no unit has two answers.
    """
    paired = counts[counts.sum(1) >= 2].astype(np.float64)
    if len(paired) == 0:
        return None
    answers = paired.sum(1)
    return float(1 - (_differing_pairs(paired) / (answers * (answers - 1))).mean())


def _differing_pairs(counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Ordered pairs of different answers in each row of counts (N, values)."""
    return np.asarray(counts.sum(1) ** 2 - (counts**2).sum(1))
