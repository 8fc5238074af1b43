"""What starts are worth: where descents stand after so many steps, or so many evaluations."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from igan.evaluation.bootstrap import ratio_interval
from serve.latent import SolverProgress

TENTH = 0.1
"""Of the evaluations that all random starts take: what hybrid may spend to be called frugal."""

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Descents:
    """Where the rows of a solver stood after each of its rounds, all (rounds, rows).

    Attributes:
        iterations: accepted steps so far.
        evaluations: of the networks so far; a round spends one on every unfinished row.
        losses: of the best point so far.
    """

    iterations: Counts
    evaluations: Counts
    losses: Values

    @classmethod
    def of(cls, rounds: list[SolverProgress]) -> Self:
        return cls(
            *(
                np.stack([getattr(one, name).numpy() for one in rounds])
                for name in ("iterations", "evaluations", "losses")
            )
        )

    def after(self, limit: int) -> tuple[Values, Counts]:
        """Losses and evaluations (rows,) when each row had done `limit` steps, or had ended."""
        reached = self.iterations >= limit
        place = np.where(reached.any(0), reached.argmax(0), len(reached) - 1)
        return self._at(self.losses, place), self._at(self.evaluations, place)

    def within(self, budgets: npt.NDArray[Any]) -> Values:
        """Losses (rows,) when each row had spent as much of its budget (rows,) as it ever would.

        Raises:
            ValueError: a budget is below one evaluation.
        """
        place = (self.evaluations <= budgets).sum(0) - 1
        if (place < 0).any():
            raise ValueError("a budget does not pay for the first evaluation")
        return self._at(self.losses, place)

    def _at(self, values: npt.NDArray[Any], place: Counts) -> npt.NDArray[Any]:
        return values[place, np.arange(values.shape[1])]


class Ratio(NamedTuple):
    """Of two mean losses over the same photos, with its 95 % interval (bootstrap)."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, losses: Values, others: Values) -> Self:
        return cls(float(losses.mean() / others.mean()), *ratio_interval(losses, others))


@dataclass(frozen=True)
class StartComparison:
    """Descents of N photos where each has done as many steps.

    Attributes:
        hybrid, one, best: mean losses from P's answer, from the first random start, and of the best
            of all random starts of each photo.
        to_one, to_best: hybrid over these, after as many steps.
        frugal_to_best: hybrid over the best of all, when it has spent at most a tenth of the
            evaluations that all random starts of the same photo have (one at least).
        evaluations, all_evaluations: a photo, of hybrid and of all random starts.
    """

    hybrid: float
    one: float
    best: float
    to_one: Ratio
    to_best: Ratio
    frugal_to_best: Ratio
    evaluations: float
    all_evaluations: float


def compare_starts(
    hybrid: Descents, limit: int, random_losses: Values, random_evaluations: Counts
) -> StartComparison:
    """Compare descents from P's answers with those from random starts after `limit` steps.

    Args:
        hybrid: of N photos, which should have gone on to a tenth of all evaluations.
        random_losses, random_evaluations: (starts, N), after that many steps.
    """
    losses, evaluations = hybrid.after(limit)
    best, spent = random_losses.min(0), random_evaluations.sum(0)
    return StartComparison(
        hybrid=float(losses.mean()),
        one=float(random_losses[0].mean()),
        best=float(best.mean()),
        to_one=Ratio.of(losses, random_losses[0]),
        to_best=Ratio.of(losses, best),
        frugal_to_best=Ratio.of(hybrid.within(np.maximum(1, TENTH * spent)), best),
        evaluations=float(evaluations.mean()),
        all_evaluations=float(spent.mean()),
    )
