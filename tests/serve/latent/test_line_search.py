import math

import numpy as np
import pytest

from serve.latent.line_search import judge, next_step
from serve.latent.quasi_newton import Array


def column(*values: float) -> Array:
    return np.array(values, dtype=np.float64)


def test_verdicts_follow_the_weak_wolfe_conditions() -> None:
    """phi(t) = (t - 1)^2 from t = 0: loss 1, slope -2."""
    step = column(1.0, 3.0, 0.01, 1.0)
    trial_loss = (step - 1) ** 2
    trial_loss[3] = math.inf
    verdict = judge(
        column(1, 1, 1, 1), -2 * step, column(-2, -2, -2, -2), trial_loss, 2 * (step - 1)
    )
    assert verdict.accept.tolist() == [True, False, False, False]
    assert verdict.too_long.tolist() == [False, True, False, True]
    assert verdict.too_short.tolist() == [False, False, True, False]


def test_a_rise_is_never_accepted_even_if_the_projection_turned_the_step_uphill() -> None:
    verdict = judge(column(1), column(5), column(-1), column(1.0001), column(0))
    assert verdict.too_long.all()


def test_the_cubic_through_both_ends_finds_its_minimum() -> None:
    """phi(t) = t^3 - 3t has its minimum at 1."""
    low, high = column(0.2), column(1.9)
    step = next_step(
        low, low**3 - 3 * low, 3 * low**2 - 3, high, high**3 - 3 * high, 3 * high**2 - 3
    )
    assert step.item() == pytest.approx(1.0)


def test_an_open_bracket_lengthens_the_step() -> None:
    step = next_step(
        column(0.5), column(1), column(-1), column(math.inf), column(math.inf), column(0)
    )
    assert step.item() == 2.0


def test_a_step_to_nowhere_falls_back_near_the_low_end() -> None:
    step = next_step(column(1), column(1), column(-1), column(2), column(math.inf), column(0))
    assert step.item() == pytest.approx(1.1)


def test_the_next_step_keeps_away_from_both_ends() -> None:
    low, high = column(0.0, 0.0), column(1.0, 1.0)
    step = next_step(low, column(0, 0), column(-1e-9, -9), high, column(9, -1), column(9, 1e-9))
    assert (step >= 0.1).all()
    assert (step <= 0.9).all()
