"""How rows of latents descend their objectives without a jump in their pictures.

Adam proposes a move, and the picture of the proposal is looked at before it counts: one that
changes the picture by more than allowed is shortened and tried again. So what is seen moves
smoothly, and the pictures seen cost nothing beyond the gradient steps. Pure functions over
independent rows; a row knows nothing of the objective but its value and gradient, so that rows of
different people and constraints can be advanced together.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from serve.latent.adam import Moments, adam_step
from serve.latent.bounds import Bounds
from serve.latent.rows import choose_rows

FRAME_CHANGE = 0.04
"""The largest mean absolute change of the picture in a step, as a share of its range."""

AIM = 0.9
"""The share of the allowed change that a move aims at: the picture does not follow the latent
linearly, and a move that must be shortened costs a step."""

PATIENCE = 10
LEAST_IMPROVEMENT = 1e-3
NEGLIGIBLE = 1e-6
"""A row stalls when PATIENCE steps lowered its objective by less than this share of it, or by less
than what nobody sees: a squared error of 1e-6 on [-1, 1] is an eighth of a level of 255."""

RATE_DECAY = 0.25
LEAST_RATE = 0.01
"""A row that stalls goes back to its best latents and on from there at RATE_DECAY of the learning
rate, and rests once that falls below LEAST_RATE of the first: steps of full length overshoot a near
goal."""


@dataclass(frozen=True)
class Evaluation:
    """What a network said of the proposals of M rows: images (M, C, S, S) in [-1, 1], the objective
    (M,) and its gradient by the latents (M, d)."""

    images: Tensor
    totals: Tensor
    gradients: Tensor


@dataclass(frozen=True)
class Pace:
    """How fast rows go, each (M,): the first learning rate of Adam, and the largest mean absolute
    change of a picture in a step, as a share of its range."""

    learning_rates: Tensor
    frame_changes: Tensor

    @classmethod
    def of(cls, like: Tensor, learning_rate: float, frame_change: float) -> "Pace":
        """One pace for all rows of `like`, (M, ...)."""
        rows = like.new_ones(len(like))
        return cls(learning_rate * rows, frame_change * rows)


@dataclass(frozen=True)
class Descent:
    """Where N rows stand; the first axis of every tensor is N.

    Attributes:
        latents: z, (N, d), of which `images` are the pictures where `seen`.
        images: (N, C, S, S) in [-1, 1]; of no meaning where not `seen`.
        totals: the objective there; infinite until it is known under the present constraints.
        seen: bool.
        proposal: where the next step looks, (N, d).
        moments: of Adam.
        rates: learning rate of each row.
        sensitivity: change of the picture per unit length of the latent in the last move; 0 where
            there was none.
        best_latents, best_totals: the lowest objective under the present constraints.
        last_gain, stalled: the objective when it last improved, and the steps since.
        homing: bool, on the way to `best_latents`, whatever the gradient says.
        resting: bool, will not move until woken.
    """

    latents: Tensor
    images: Tensor
    totals: Tensor
    seen: Tensor
    proposal: Tensor
    moments: Moments
    rates: Tensor
    sensitivity: Tensor
    best_latents: Tensor
    best_totals: Tensor
    last_gain: Tensor
    stalled: Tensor
    homing: Tensor
    resting: Tensor

    @classmethod
    def at(cls, latents: Tensor) -> "Descent":
        """Rows at rest that nobody has looked at yet; `images` have no size."""
        count = len(latents)
        nothing = latents.new_zeros(count)
        no = torch.zeros(count, dtype=torch.bool, device=latents.device)
        return cls(
            latents=latents,
            images=latents.new_zeros(count, 0),
            totals=nothing + torch.inf,
            seen=no,
            proposal=latents,
            moments=Moments.none(latents),
            rates=nothing,
            sensitivity=nothing,
            best_latents=latents,
            best_totals=nothing + torch.inf,
            last_gain=nothing + torch.inf,
            stalled=nothing,
            homing=no,
            resting=~no,
        )


def woken(descent: Descent, pace: Pace) -> Descent:
    """All rows go on from where they are, for the objective has changed; momentum is kept."""
    endless = torch.full_like(descent.best_totals, torch.inf)
    no = torch.zeros_like(descent.resting)
    return replace(
        descent,
        rates=pace.learning_rates,
        totals=endless,
        best_latents=descent.latents,
        best_totals=endless,
        last_gain=endless,
        stalled=torch.zeros_like(descent.stalled),
        homing=no,
        resting=no,
    )


def rested(descent: Descent) -> Descent:
    """All rows stay where they are."""
    no = torch.zeros_like(descent.resting)
    return replace(descent, proposal=descent.latents, homing=no, resting=~no)


def sent_to(descent: Descent, latents: Tensor, pace: Pace, *, rest: bool = True) -> Descent:
    """All rows go straight to `latents` (N, d), as fast as pictures may change.

    Args:
        rest: they rest there, or else descend from there.
    """
    no = torch.zeros_like(descent.resting)
    endless = torch.full_like(descent.best_totals, torch.inf)
    moved = replace(
        descent,
        moments=Moments.none(latents),
        rates=torch.zeros_like(descent.rates) if rest else pace.learning_rates,
        best_latents=latents,
        best_totals=endless,
        last_gain=endless,
        stalled=torch.zeros_like(descent.stalled),
        homing=~no,
        resting=no,
    )
    return replace(moved, proposal=_within_reach(moved, latents, pace))


def advanced(
    descent: Descent, evaluation: Evaluation, bounds: Bounds, pace: Pace
) -> tuple[Descent, Tensor]:
    """Take rows, none of them at rest, one step on, knowing what their proposals came to.

    A proposal whose picture changes by more than the pace allows is shortened and looked at again.
    A row whose picture, objective or gradient is not finite stays where it was and rests.

    Returns:
        the rows, and which of them are now where they proposed to be, bool (M,).
    """
    finite = _finite(evaluation)
    change = _change(evaluation.images, descent.images)
    length = _length(descent.proposal - descent.latents)
    refused = finite & descent.seen & (change > pace.frame_changes)
    accepted = finite & ~refused
    learnt = finite & descent.seen & (length > 0)
    sensitivity = torch.where(learnt, change / length, descent.sensitivity)
    arrived = replace(
        descent,
        latents=descent.proposal,
        images=evaluation.images,
        totals=evaluation.totals,
        seen=torch.ones_like(descent.seen),
        sensitivity=sensitivity,
    )
    moved_on = _moved_on(arrived, evaluation.gradients, bounds, pace)
    if bool(accepted.all()):
        return moved_on, accepted
    share = (AIM * pace.frame_changes / change).clamp(max=1)
    shortened = replace(
        descent,
        proposal=torch.lerp(descent.latents, descent.proposal, share[:, None]),
        sensitivity=sensitivity,
    )
    stopped = replace(descent, proposal=descent.latents, resting=torch.ones_like(descent.resting))
    kept = choose_rows(refused, shortened, stopped)
    return choose_rows(accepted, moved_on, kept), accepted


def settled(descent: Descent) -> Descent:
    """All rows at the best latents they found under the present constraints, without a glide."""
    there = _equal(descent.latents, descent.best_latents)
    return replace(
        descent,
        latents=descent.best_latents,
        proposal=descent.best_latents,
        totals=torch.where(there, descent.totals, torch.inf),
        seen=descent.seen & there,
    )


def _moved_on(descent: Descent, gradients: Tensor, bounds: Bounds, pace: Pace) -> Descent:
    """The next proposal of rows that have just arrived at `latents`."""
    judged, stalls = _judged(descent)
    turning = stalls | descent.homing
    if not bool(turning.any()):
        return _descended(judged, gradients, bounds, pace)
    judged = choose_rows(descent.homing, descent, judged)
    stalls = stalls & ~descent.homing
    turned = replace(
        judged,
        rates=torch.where(stalls, RATE_DECAY * descent.rates, descent.rates),
        moments=descent.moments.forgotten(stalls),
    )
    at_best = _equal(turned.latents, turned.best_latents)
    homing = turning & ~at_best
    resting = turning & at_best & (turned.rates < LEAST_RATE * pace.learning_rates)
    goal = torch.where(homing[:, None], turned.best_latents, turned.latents)
    headed = replace(
        turned,
        homing=homing,
        resting=resting,
        proposal=bounds.clamp(_within_reach(turned, goal, pace)),
    )
    going_on = replace(turned, homing=homing, resting=resting)
    going_on = _descended(going_on, gradients, bounds, pace)
    return choose_rows(homing | resting, headed, going_on)


def _descended(descent: Descent, gradients: Tensor, bounds: Bounds, pace: Pace) -> Descent:
    """Propose a step of Adam."""
    goal, moments = adam_step(descent.latents, gradients, descent.moments, descent.rates[:, None])
    proposal = bounds.clamp(_within_reach(descent, bounds.clamp(goal), pace))
    return replace(descent, moments=moments, proposal=proposal)


def _judged(descent: Descent) -> tuple[Descent, Tensor]:
    """Remember the best latents, and say which rows stall, bool (N,)."""
    lowest = descent.totals < descent.best_totals
    gains = descent.totals < descent.last_gain * (1 - LEAST_IMPROVEMENT) - NEGLIGIBLE
    stalls = ~gains & (descent.stalled + 1 >= PATIENCE)
    judged = replace(
        descent,
        best_latents=torch.where(lowest[:, None], descent.latents, descent.best_latents),
        best_totals=torch.where(lowest, descent.totals, descent.best_totals),
        last_gain=torch.where(gains, descent.totals, descent.last_gain),
        stalled=torch.where(gains | stalls, 0, descent.stalled + 1),
    )
    return judged, stalls


def _within_reach(descent: Descent, goal: Tensor, pace: Pace) -> Tensor:
    """`goal`, or as far on the way there as the picture is expected to allow."""
    expected = descent.sensitivity * _length(goal - descent.latents)
    reach = AIM * pace.frame_changes / expected
    nearer = torch.lerp(descent.latents, goal, reach.clamp(max=1)[:, None])
    return torch.where((reach < 1)[:, None], nearer, goal)


def _finite(evaluation: Evaluation) -> Tensor:
    return (
        evaluation.images.isfinite().flatten(1).all(1)
        & evaluation.totals.isfinite()
        & evaluation.gradients.isfinite().all(1)
    )


def _change(images: Tensor, before: Tensor) -> Tensor:
    """Mean absolute change as a share of the range: (N, C, S, S) in [-1, 1] -> (N,)."""
    return (images - before).abs().flatten(1).mean(1) / 2


def _length(moves: Tensor) -> Tensor:
    return moves.norm(dim=1)


def _equal(latents: Tensor, others: Tensor) -> Tensor:
    return (latents == others).all(1)
