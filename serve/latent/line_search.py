"""A weak Wolfe line search for many rows, as pure functions on a bracket of step lengths.

A step is too long when the loss does not fall enough (Armijo), too short when the slope there is
still steep (curvature). The bracket keeps the longest step known to be too short and the shortest
known to be too long (Nocedal and Wright, section 3.5); the next trial is a cubic interpolation.
"""

from dataclasses import dataclass

import numpy as np

from serve.latent.quasi_newton import Array, Mask

SUFFICIENT_DECREASE = 1e-4
STEEP_SLOPE = 0.9
LENGTHENING = 4.0
INNERMOST = 0.1
"""An interpolated step keeps at least this share of the bracket away from both ends."""


@dataclass(frozen=True)
class Verdict:
    """What a trial showed, each bool (M,); exactly one of the three is true for a row."""

    accept: Mask
    too_long: Mask
    too_short: Mask


def judge(
    loss: Array, predicted_change: Array, slope: Array, trial_loss: Array, trial_slope: Array
) -> Verdict:
    """Judge trials by the weak Wolfe conditions.

    Args:
        loss, slope: at the iterate; the slope along the direction is negative.
        predicted_change: gradient at the iterate times the step really taken (after projection).
        trial_loss, trial_slope: at the trial; a loss that is not finite is too long.
    """
    allowed = loss + SUFFICIENT_DECREASE * np.minimum(predicted_change, 0.0)
    falls = np.isfinite(trial_loss) & (trial_loss <= allowed)
    steep = trial_slope < STEEP_SLOPE * slope
    return Verdict(accept=falls & ~steep, too_long=~falls, too_short=falls & steep)


def next_step(
    low_step: Array,
    low_loss: Array,
    low_slope: Array,
    high_step: Array,
    high_loss: Array,
    high_slope: Array,
) -> Array:
    """The step to try next, strictly inside the bracket, or longer where it is still open.

    The minimiser of the cubic through both ends' losses and slopes (Nocedal and Wright, equation
    3.59), kept away from the ends; near the low end where the high end has no finite loss.
    """
    open_ended = np.isinf(high_step)
    with np.errstate(all="ignore"):
        width = np.where(open_ended, 1.0, high_step - low_step)
        secant = low_slope + high_slope - 3 * (high_loss - low_loss) / width
        root = np.sqrt(np.maximum(secant * secant - low_slope * high_slope, 0.0))
        share = 1 - (high_slope + root - secant) / (high_slope - low_slope + 2 * root)
    share = np.clip(np.where(np.isfinite(share), share, 0.5), INNERMOST, 1 - INNERMOST)
    share = np.where(np.isfinite(high_loss), share, INNERMOST)
    return np.where(open_ended, LENGTHENING * low_step, low_step + share * width)
