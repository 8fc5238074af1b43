import numpy as np
import pytest

from igan.study.agreement import krippendorff_alpha, pairwise_agreement

ANSWERS = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def test_alpha_of_krippendorffs_own_example() -> None:
    """Krippendorff 2011, Computing Krippendorff's Alpha-Reliability, example C."""
    rows = [line.split() for line in ANSWERS]
    counts = np.array(
        [[column.count(value) for value in "12345"] for column in zip(*rows, strict=True)]
    )
    assert krippendorff_alpha(counts) == pytest.approx(0.743, abs=0.0005)


def test_agreement_by_chance_is_none() -> None:
    votes = np.random.default_rng(0).binomial(20, 0.3, 4000)
    assert krippendorff_alpha(np.stack([20 - votes, votes], 1)) == pytest.approx(0, abs=0.01)


def test_pairs_by_hand() -> None:
    counts = np.array([[3, 1], [2, 0], [1, 0]])
    assert pairwise_agreement(counts) == pytest.approx((3 / 6 + 1) / 2)


def test_where_nothing_can_be_said() -> None:
    assert krippendorff_alpha(np.array([[4, 0], [3, 0]])) is None
    assert krippendorff_alpha(np.array([[1, 0], [0, 1]])) is None
    assert pairwise_agreement(np.array([[1, 0], [0, 1]])) is None
