import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from serve.latent.bounds import Bounds
from serve.latent.lbfgs import Limits, Objective, SolverProgress, Stop, minimise

TIGHT = Limits(iterations=2000, evaluations=5000, gradient_tolerance=1e-10, relative_decrease=0)


def differentiated(loss: Callable[[Tensor, Tensor], Tensor]) -> Objective:
    def objective(z: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        z = z.detach().requires_grad_()
        losses = loss(z, rows)
        return losses.detach(), torch.autograd.grad(losses.sum(), z)[0]

    return objective


@differentiated
def rosenbrock(z: Tensor, rows: Tensor) -> Tensor:
    return (100 * (z[:, 1:] - z[:, :-1] ** 2) ** 2 + (1 - z[:, :-1]) ** 2).sum(-1)


def quadratics(count: int, dim: int, seed: int) -> tuple[Objective, Tensor, Tensor]:
    """Rows 0.5 z'Az - b'z with their own A (condition number about 100) and b."""
    generator = torch.Generator().manual_seed(seed)
    factor = torch.randn(count, dim, 3 * dim, generator=generator, dtype=torch.float64)
    a = factor @ factor.transpose(1, 2) / dim
    a = a * torch.logspace(-0.5, 0.5, dim, dtype=torch.float64)[:, None]
    a = a * torch.logspace(-0.5, 0.5, dim, dtype=torch.float64)
    b = 3 * torch.randn(count, dim, generator=generator, dtype=torch.float64)

    def objective(z: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        product = (a[rows] * z[:, None]).sum(-1)
        return (z * (0.5 * product - b[rows])).sum(-1), product - b[rows]

    return objective, a, b


def starts(count: int, dim: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, dim, generator=generator, dtype=torch.float64) * 4 - 2


def by_scipy(objective: Objective, row: int, start: Tensor, low: Tensor, high: Tensor) -> Tensor:
    def loss_and_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = objective(torch.tensor(x)[None], torch.tensor([row]))
        return loss.item(), gradient[0].numpy()

    found = minimize(
        loss_and_gradient,
        torch.clamp(start, low, high).numpy(),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low.tolist(), high.tolist(), strict=True)),
        options={"maxiter": 5000, "maxfun": 20000, "ftol": 0, "gtol": 1e-10},
    )
    return torch.tensor(found.x)


@pytest.mark.parametrize(
    "box",
    [[(-10, -10), (10, 10)], [(-1.5, -1.5), (0.8, 0.8)], [(-2, 0.7), (0.5, 3)]],
)
def test_rosenbrock_agrees_with_scipy(box: list[tuple[float, float]]) -> None:
    low, high = torch.tensor(box, dtype=torch.float64)
    start = starts(16, 2, seed=1)
    solution = minimise(rosenbrock, start, Bounds(low, high), TIGHT)
    for row in range(16):
        expected = by_scipy(rosenbrock, row, start[row], low, high)
        torch.testing.assert_close(solution.z[row], expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize(("low", "high"), [(-1e6, 1e6), (-0.5, 0.5), (-0.1, 2.0)])
def test_quadratics_agree_with_scipy(low: float, high: float) -> None:
    objective, _, _ = quadratics(16, 20, seed=2)
    start = starts(16, 20, seed=3)
    limits = torch.full((20,), low).double(), torch.full((20,), high).double()
    solution = minimise(objective, start, Bounds(low, high), TIGHT)
    for row in range(16):
        expected = by_scipy(objective, row, start[row], *limits)
        torch.testing.assert_close(solution.z[row], expected, atol=1e-5, rtol=0)


def test_bounds_are_active_and_multipliers_have_the_right_sign() -> None:
    objective, a, b = quadratics(8, 20, seed=2)
    z = minimise(objective, starts(8, 20, seed=3), Bounds(-0.5, 0.5), TIGHT).z
    gradient = (a * z[:, None]).sum(-1) - b
    low, high = z == -0.5, z == 0.5
    assert (low | high).sum() > 40
    assert (gradient[low] >= 0).all()
    assert (gradient[high] <= 0).all()
    assert gradient[~low & ~high].abs().max() < 1e-6


def test_a_bound_is_met_to_the_last_bit() -> None:
    solution = minimise(rosenbrock, starts(4, 2, seed=14), Bounds(-0.3, 0.7), TIGHT)
    assert torch.equal(solution.z[:, 0], torch.full((4,), 0.7, dtype=torch.float64))


def test_an_unbounded_quadratic_is_solved() -> None:
    objective, a, b = quadratics(8, 20, seed=4)
    solution = minimise(objective, starts(8, 20, seed=5), limits=TIGHT)
    torch.testing.assert_close(solution.z, torch.linalg.solve(a, b), atol=1e-5, rtol=0)


def test_each_row_is_exactly_what_it_is_alone() -> None:
    start = starts(9, 6, seed=6)
    bounds = Bounds(-1.5, 0.8)
    together = minimise(rosenbrock, start, bounds)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(0))
    shuffled = minimise(rosenbrock, start[order], bounds)
    assert torch.equal(shuffled.z, together.z[order])
    for row in range(9):
        alone = minimise(rosenbrock, start[row : row + 1], bounds)
        assert torch.equal(alone.z[0], together.z[row])
        assert alone.evaluations[0] == together.evaluations[row]
        assert alone.stops[0] == together.stops[row]


def test_finished_rows_are_not_evaluated_again() -> None:
    evaluated = torch.zeros(8, dtype=torch.int64)

    def counting(z: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        evaluated[rows] += 1
        return rosenbrock(z, rows)

    start = starts(8, 4, seed=7)
    start[3] = 1.0
    solution = minimise(counting, start, limits=TIGHT)
    assert torch.equal(evaluated, solution.evaluations)
    assert evaluated[3] == 1
    assert solution.stops[3] == Stop.GRADIENT
    assert len(evaluated.unique()) > 3


def test_a_row_that_is_not_finite_fails_alone() -> None:
    start = starts(5, 4, seed=8)
    clean = minimise(rosenbrock, start)
    start[2, 1] = math.nan
    solution = minimise(rosenbrock, start)
    assert solution.stops[2] == Stop.NOT_FINITE
    assert solution.losses[2].isnan()
    others = torch.tensor([0, 1, 3, 4])
    assert torch.equal(solution.z[others], clean.z[others])
    assert torch.equal(solution.losses[others], clean.losses[others])


def test_a_step_into_nothing_is_shortened() -> None:
    """-log has no value beyond zero; the minimum of x - log x is at 1."""

    @differentiated
    def barrier(z: Tensor, rows: Tensor) -> Tensor:
        return (z - z.log()).sum(-1)

    start = torch.tensor([[0.05, 3.0], [8.0, 0.9]], dtype=torch.float64)
    solution = minimise(barrier, start, limits=TIGHT)
    torch.testing.assert_close(solution.z, torch.ones(2, 2).double(), atol=1e-6, rtol=0)


def test_losses_never_rise() -> None:
    history: list[Tensor] = []

    def remember(progress: SolverProgress) -> None:
        history.append(progress.losses)

    minimise(rosenbrock, starts(8, 6, seed=9), Bounds(-1.2, 1.2), callback=remember)
    losses = torch.stack(history)
    assert len(losses) > 20
    assert (losses[1:] <= losses[:-1]).all()


def test_limits_hold_for_each_row() -> None:
    start = starts(8, 10, seed=10)
    few_steps = minimise(rosenbrock, start, limits=Limits(iterations=5))
    assert torch.equal(few_steps.iterations, torch.full((8,), 5))
    assert (few_steps.stops == Stop.ITERATIONS).all()
    few_looks = minimise(rosenbrock, start, limits=Limits(evaluations=7))
    assert torch.equal(few_looks.evaluations, torch.full((8,), 7))
    assert (few_looks.stops == Stop.EVALUATIONS).all()
    first = rosenbrock(start, torch.arange(8))[0]
    assert (few_looks.losses < first).all()


def test_the_last_step_is_the_one_that_gains_too_little() -> None:
    solution = minimise(
        rosenbrock, starts(4, 6, seed=11), limits=Limits(relative_decrease=0.5, iterations=500)
    )
    assert (solution.stops == Stop.DECREASE).all()
    assert (solution.iterations < 30).all()


def test_float32_reaches_its_own_accuracy() -> None:
    solution = minimise(rosenbrock, starts(8, 2, seed=12).float(), Bounds(-3, 3))
    assert solution.z.dtype == torch.float32
    torch.testing.assert_close(solution.z, torch.ones(8, 2), atol=2e-2, rtol=0)


def test_no_problem_needs_no_evaluation() -> None:
    def never(z: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        raise AssertionError

    assert minimise(never, torch.zeros(0, 3)).z.shape == (0, 3)


def test_progress_tells_where_each_row_stands() -> None:
    seen: list[SolverProgress] = []
    solution = minimise(rosenbrock, starts(3, 4, seed=13), callback=seen.append)
    assert torch.equal(seen[0].evaluations, torch.ones(3, dtype=torch.int64))
    assert not seen[0].finished.any()
    assert seen[-1].finished.all()
    assert torch.equal(seen[-1].losses, solution.losses)
    assert torch.equal(seen[-1].iterations, solution.iterations)
