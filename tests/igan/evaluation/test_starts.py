import numpy as np
import pytest
import torch

from igan.evaluation.starts import Descents, Ratio, compare_starts
from serve.latent import Limits, SolverProgress
from serve.latent.lbfgs import minimise

# Row 0 accepts every trial; row 1 needs two evaluations for its first step, and ends after it.
DESCENTS = Descents(
    iterations=np.array([[0, 0], [1, 0], [2, 1], [3, 1]]),
    evaluations=np.array([[1, 1], [2, 2], [3, 3], [4, 3]]),
    losses=np.array([[8.0, 6.0], [4.0, 6.0], [2.0, 5.0], [1.0, 5.0]]),
)


@pytest.mark.parametrize(
    ("limit", "losses", "evaluations"),
    [(0, [8, 6], [1, 1]), (1, [4, 5], [2, 3]), (2, [2, 5], [3, 3]), (9, [1, 5], [4, 3])],
)
def test_losses_after_so_many_steps(
    limit: int, losses: list[float], evaluations: list[int]
) -> None:
    found = DESCENTS.after(limit)
    assert found[0].tolist() == losses
    assert found[1].tolist() == evaluations


def test_losses_within_a_budget_of_evaluations() -> None:
    assert DESCENTS.within(np.array([2.9, 2.9])).tolist() == [4, 6]
    assert DESCENTS.within(np.array([100, 1])).tolist() == [1, 6]
    with pytest.raises(ValueError, match="budget"):
        DESCENTS.within(np.array([0.5, 1]))


def test_descents_are_those_of_the_solver() -> None:
    rounds: list[SolverProgress] = []

    def bowl(z: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scale = torch.tensor([1.0, 50.0], dtype=z.dtype)
        return (scale * z**2).sum(1), 2 * scale * z

    start = torch.tensor([[3.0, 1.0], [0.0, 0.0]], dtype=torch.float64)
    solution = minimise(bowl, start, limits=Limits(iterations=4), callback=rounds.append)
    found = Descents.of(rounds)
    assert (np.diff(found.losses[:, 0]) <= 0).all()
    losses, evaluations = found.after(4)
    assert losses.tolist() == solution.losses.tolist()
    assert evaluations.tolist() == solution.evaluations.tolist()
    assert found.after(0)[0].tolist() == [59, 0]


def test_a_ratio_of_equal_losses_is_one() -> None:
    losses = np.array([0.1, 0.4, 0.2])
    assert Ratio.of(losses, 2 * losses) == pytest.approx((0.5, 0.5, 0.5))


def test_hybrid_is_compared_with_the_first_start_and_with_the_best() -> None:
    hybrid = Descents(
        iterations=np.arange(7)[:, None].repeat(2, axis=1),
        evaluations=np.arange(1, 8)[:, None].repeat(2, axis=1),
        losses=np.float64(2) ** -np.arange(7)[:, None].repeat(2, axis=1),
    )
    random_losses = np.array([[1.0, 2.0], [0.5, 4.0], [2.0, 1.0]])
    random_evaluations = np.array([[9, 16], [11, 17], [10, 17]])
    found = compare_starts(hybrid, 2, random_losses, random_evaluations)
    assert (found.hybrid, found.one, found.best) == (0.25, 1.5, 0.75)
    assert found.to_one.value == pytest.approx(1 / 6)
    assert found.to_best.value == pytest.approx(1 / 3)
    assert found.to_best.low == pytest.approx(0.25)
    assert found.to_best.high == pytest.approx(0.5)
    # Three and five evaluations are a tenth: two and four steps.
    assert found.frugal_to_best.value == pytest.approx((0.25 + 0.0625) / 1.5)
    assert (found.evaluations, found.all_evaluations) == (3, 40)


def test_a_tenth_of_little_is_the_first_evaluation() -> None:
    ones = np.ones((3, 2))
    found = compare_starts(DESCENTS, 0, ones, ones.astype(np.int64))
    assert found.frugal_to_best.value == found.to_best.value == 7
