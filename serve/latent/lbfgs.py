"""L-BFGS in a box for many small problems at once, one batched evaluation at a time."""

import dataclasses
import enum
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.latent.bounds import Bounds
from serve.latent.line_search import judge, next_step
from serve.latent.quasi_newton import (
    Array,
    Box,
    Mask,
    bounded_direction,
    row_dot,
    steepest_direction,
    usable_curvature,
)

Objective = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""f(z (M, d), rows (M,)) -> (losses (M,), gradients (M, d)); `rows` says which problems."""

Integers = npt.NDArray[np.int64]


class Stop(enum.IntEnum):
    """Why a row ended."""

    GRADIENT = 1
    DECREASE = 2
    ITERATIONS = 3
    EVALUATIONS = 4
    LINE_SEARCH = 5
    NOT_FINITE = 6


@dataclass(frozen=True)
class Limits:
    """When a row ends.

    Attributes:
        iterations: accepted steps.
        evaluations: of the objective, the first included; None allows five for four iterations.
        gradient_tolerance: largest coordinate of the projected gradient that counts as zero.
        relative_decrease: a step that lowers the loss by no more than this share of it is the last.
        history: pairs remembered.
        trials: evaluations one line search may use.
    """

    iterations: int = 200
    evaluations: int | None = None
    gradient_tolerance: float = 1e-7
    relative_decrease: float = 1e-6
    history: int = 10
    trials: int = 20

    @property
    def evaluation_limit(self) -> int:
        if self.evaluations is not None:
            return self.evaluations
        return 1 + self.iterations + self.iterations // 4


@dataclass(frozen=True)
class SolverProgress:
    """Where all problems stand after one batched evaluation, each (N,), on the CPU."""

    iterations: Tensor
    evaluations: Tensor
    losses: Tensor
    finished: Tensor


@dataclass(frozen=True)
class Solution:
    """The lowest points found.

    Attributes:
        z: (N, d), inside the bounds.
        losses: (N,); NaN where the start had no finite loss.
        iterations, evaluations: int64 (N,).
        stops: int64 (N,), values of `Stop`.
    """

    z: Tensor
    losses: Tensor
    iterations: Tensor
    evaluations: Tensor
    stops: Tensor


@dataclass
class _Rows:
    """The unfinished problems; every field has one entry for each of them.

    `low_*` is the best point of the running line search, at first the iterate itself; `high_*` is
    the shortest step known to be too long. `steepest` says that the direction owes nothing to
    earlier steps; `stops` is zero while a row runs.
    """

    number: Integers
    z: Array
    loss: Array
    gradient: Array
    steps: Array
    changes: Array
    direction: Array
    slope: Array
    step: Array
    low_step: Array
    low_loss: Array
    low_slope: Array
    low_z: Array
    low_gradient: Array
    high_step: Array
    high_loss: Array
    high_slope: Array
    trials: Integers
    steepest: Mask
    iterations: Integers
    evaluations: Integers
    stops: Integers

    def keep(self, mask: Mask) -> "_Rows":
        return _Rows(
            **{field.name: getattr(self, field.name)[mask] for field in dataclasses.fields(self)}
        )

    def assign(self, mask: Mask, **values: Array | Integers | Mask | float) -> None:
        """Overwrite the named fields of the rows in `mask` by those of full-length `values`."""
        for name, value in values.items():
            old = getattr(self, name)
            across = mask.reshape(-1, *[1] * (old.ndim - 1))
            setattr(self, name, np.where(across, value, old))


def minimise(
    objective: Objective,
    start: Tensor,
    bounds: Bounds | None = None,
    limits: Limits | None = None,
    callback: Callable[[SolverProgress], None] | None = None,
) -> Solution:
    """Minimise N independent problems over a box.

    Projected quasi-Newton steps (`quasi_newton.bounded_direction`) with a weak Wolfe line search
    along the projected arc. Every row has its own history, step length, line search and end; a
    round evaluates one trial of every unfinished row, so none waits for another's line search,
    and finished rows are evaluated no more. A row with a loss or gradient that is not finite
    shortens its step or, at its start, ends alone.

    Args:
        objective: see `Objective`; rows must not influence each other there. It gets z with the
            dtype and device of `start`; the solver's own arithmetic is float64 on the CPU.
        start: (N, d), floating; clamped into the bounds.
        callback: called after each round.
    """
    limits = limits or Limits()
    box = _box(bounds or Bounds(), start.shape[1])
    z = box.clamp(start.detach().cpu().double().numpy())
    book = _Book.blank(z)
    if len(z) == 0:
        return book.solution(start)
    numbers = np.arange(len(z))
    loss, gradient = _evaluate(objective, z, numbers, start)
    rows = _first_rows(numbers, z, loss, gradient, limits.history)
    _stop_where_flat(rows, box, limits)
    rows.assign(np.isinf(loss), stops=Stop.NOT_FINITE)
    _head_for(rows, rows.stops == 0, box)
    while True:
        book.record(rows)
        if callback is not None:
            callback(book.progress())
        if rows.stops.any():
            rows = rows.keep(rows.stops == 0)
        if len(rows.number) == 0:
            return book.solution(start)
        trial = box.clamp(_arc(rows))
        loss, gradient = _evaluate(objective, trial, rows.number, start)
        _advance(rows, trial, loss, gradient, box, limits)


def _arc(rows: _Rows) -> Array:
    return rows.z + rows.step[:, None] * rows.direction


@np.errstate(over="ignore", invalid="ignore")
def _advance(
    rows: _Rows, trial: Array, loss: Array, gradient: Array, box: Box, limits: Limits
) -> None:
    """What follows from one trial of every row."""
    unhindered = trial == _arc(rows)
    slope = row_dot(gradient, np.where(unhindered, rows.direction, 0.0))
    predicted_change = row_dot(rows.gradient, trial - rows.z)
    verdict = judge(rows.loss, predicted_change, rows.slope, loss, slope)
    rows.evaluations = rows.evaluations + 1
    rows.trials = rows.trials + 1
    rows.assign(
        ~verdict.too_long,
        low_step=rows.step,
        low_loss=loss,
        low_slope=slope,
        low_z=trial,
        low_gradient=gradient,
    )
    rows.assign(verdict.too_long, high_step=rows.step, high_loss=loss, high_slope=slope)

    spent = rows.evaluations >= limits.evaluation_limit
    given_up = (rows.trials >= limits.trials) | spent
    moved = verdict.accept | (given_up & (rows.low_step > 0))
    stuck = given_up & ~moved
    if not (moved | stuck).all():
        rows.step = next_step(
            rows.low_step,
            rows.low_loss,
            rows.low_slope,
            rows.high_step,
            rows.high_loss,
            rows.high_slope,
        )
    _move(rows, moved, box, limits)
    rows.assign(
        (stuck & rows.steepest) | (spent & (rows.stops == 0)),
        stops=np.where(spent, Stop.EVALUATIONS, Stop.LINE_SEARCH),
    )
    if stuck.any():
        _forget(rows, stuck)
    _head_for(rows, (moved | stuck) & (rows.stops == 0), box)


def _move(rows: _Rows, moved: Mask, box: Box, limits: Limits) -> None:
    """Make the best point of the line search the iterate, learn from it, and see if it is last."""
    taken = rows.low_z - rows.z
    change = rows.low_gradient - rows.gradient
    learns = moved & usable_curvature(taken, change)
    rows.assign(
        learns,
        steps=np.concatenate([rows.steps[:, 1:], taken[:, None]], axis=1),
        changes=np.concatenate([rows.changes[:, 1:], change[:, None]], axis=1),
    )
    size = np.maximum(np.abs(rows.loss), np.abs(rows.low_loss))
    small = rows.loss - rows.low_loss <= limits.relative_decrease * size
    rows.assign(moved, z=rows.low_z, loss=rows.low_loss, gradient=rows.low_gradient)
    rows.iterations = rows.iterations + moved
    rows.assign(moved & (rows.iterations >= limits.iterations), stops=Stop.ITERATIONS)
    rows.assign(moved & small, stops=Stop.DECREASE)
    _stop_where_flat(rows, box, limits)


def _stop_where_flat(rows: _Rows, box: Box, limits: Limits) -> None:
    steepness = np.abs(box.projected_gradient(rows.z, rows.gradient)).max(-1)
    rows.assign(steepness <= limits.gradient_tolerance, stops=Stop.GRADIENT)


def _forget(rows: _Rows, stuck: Mask) -> None:
    """Drop the history of rows whose line search failed: they go on by steepest descent."""
    rows.assign(stuck, steps=0.0, changes=0.0)


def _head_for(rows: _Rows, mask: Mask, box: Box) -> None:
    """Begin a new line search from the iterate of the rows in `mask`."""
    if not mask.any():
        return
    direction = bounded_direction(rows.z, rows.gradient, rows.steps, rows.changes, box)
    slope = row_dot(rows.gradient, direction)
    steepest = ~rows.steps.any(axis=(1, 2)) | ~(slope < 0)
    if steepest.any():
        direction = np.where(
            steepest[:, None], steepest_direction(rows.z, rows.gradient, box), direction
        )
        slope = row_dot(rows.gradient, direction)
    rows.assign(
        mask,
        direction=direction,
        slope=slope,
        steepest=steepest,
        step=1.0,
        low_step=0.0,
        low_loss=rows.loss,
        low_slope=slope,
        low_z=rows.z,
        low_gradient=rows.gradient,
        high_step=math.inf,
        high_loss=math.inf,
        high_slope=0.0,
        trials=0,
    )


def _evaluate(
    objective: Objective, z: Array, numbers: Integers, like: Tensor
) -> tuple[Array, Array]:
    """Losses and gradients; where either is not finite the loss is infinite, the gradient zero."""
    losses, gradients = objective(
        torch.from_numpy(z).to(like), torch.from_numpy(numbers).to(like.device)
    )
    loss = losses.detach().cpu().double().numpy()
    gradient = gradients.detach().cpu().double().numpy()
    finite = np.isfinite(loss) & np.isfinite(gradient).all(-1)
    return np.where(finite, loss, math.inf), np.where(finite[:, None], gradient, 0.0)


def _box(bounds: Bounds, dim: int) -> Box:
    low, high = (
        torch.as_tensor(limit, dtype=torch.float64, device="cpu").expand(dim).numpy()
        for limit in (bounds.low, bounds.high)
    )
    return Box(low, high)


def _first_rows(numbers: Integers, z: Array, loss: Array, gradient: Array, history: int) -> _Rows:
    blank = np.zeros_like(loss)
    count = np.zeros_like(numbers)
    pairs = np.zeros((len(z), history, z.shape[1]))
    return _Rows(
        number=numbers,
        z=z,
        loss=loss,
        gradient=gradient,
        steps=pairs,
        changes=pairs,
        direction=np.zeros_like(z),
        slope=blank,
        step=blank,
        low_step=blank,
        low_loss=loss,
        low_slope=blank,
        low_z=z,
        low_gradient=gradient,
        high_step=blank,
        high_loss=blank,
        high_slope=blank,
        trials=count,
        steepest=np.zeros(len(z), dtype=np.bool_),
        iterations=count,
        evaluations=count + 1,
        stops=count,
    )


@dataclass
class _Book:
    """What is known of all problems, finished or not."""

    z: Array
    losses: Array
    iterations: Integers
    evaluations: Integers
    stops: Integers

    @classmethod
    def blank(cls, z: Array) -> "_Book":
        count = np.zeros(len(z), dtype=np.int64)
        return cls(z.copy(), np.full(len(z), math.nan), count, count.copy(), count.copy())

    def record(self, rows: _Rows) -> None:
        self.z[rows.number] = rows.z
        self.losses[rows.number] = np.where(np.isfinite(rows.loss), rows.loss, math.nan)
        self.iterations[rows.number] = rows.iterations
        self.evaluations[rows.number] = rows.evaluations
        self.stops[rows.number] = rows.stops

    def progress(self) -> SolverProgress:
        return SolverProgress(
            iterations=torch.from_numpy(self.iterations.copy()),
            evaluations=torch.from_numpy(self.evaluations.copy()),
            losses=torch.from_numpy(self.losses.copy()),
            finished=torch.from_numpy(self.stops != 0),
        )

    def solution(self, like: Tensor) -> Solution:
        return Solution(
            z=torch.from_numpy(self.z).to(like),
            losses=torch.from_numpy(self.losses).to(like),
            iterations=torch.from_numpy(self.iterations).to(like.device),
            evaluations=torch.from_numpy(self.evaluations).to(like.device),
            stops=torch.from_numpy(self.stops).to(like.device),
        )
