import math
from collections.abc import Callable

import torch
from torch import Tensor

from serve.latent.bounds import Bounds
from serve.latent.descent import (
    Descent,
    Evaluation,
    Pace,
    advanced,
    rested,
    sent_to,
    settled,
    woken,
)
from serve.latent.rows import join_rows, put_rows, take_rows

BOX = Bounds(-1, 1)
Objective = Callable[[Tensor], Tensor]


def picture(z: Tensor) -> Tensor:
    """A curved map from latents (N, 4) to pictures (N, 1, 2, 2)."""
    return torch.tanh(3 * z + z.roll(1, 1)).reshape(-1, 1, 2, 2)


def distance(z: Tensor) -> Tensor:
    return (picture(z) - 0.6).square().flatten(1).mean(1)


def evaluated(descent: Descent, objective: Objective = distance) -> Evaluation:
    z = descent.proposal.clone().requires_grad_()
    totals = objective(z)
    (gradients,) = torch.autograd.grad(totals.sum(), z)
    return Evaluation(picture(z).detach(), totals.detach(), gradients)


def begun(count: int, pace: Pace) -> Descent:
    latents = torch.linspace(-0.9, 0.1, 4 * count).reshape(count, 4)
    descent = woken(Descent.at(latents), pace)
    return Descent(**{**vars(descent), "images": torch.zeros(count, 1, 2, 2)})


def stepped(descent: Descent, pace: Pace) -> Descent:
    """One step of the rows that are not at rest."""
    index = (~descent.resting).nonzero()[:, 0]
    rows = take_rows(descent, index)
    after, _ = advanced(rows, evaluated(rows), BOX, take_rows(pace, index))
    return put_rows(descent, index, after)


def pace_of(count: int, frame_change: float = 0.04, learning_rate: float = 0.1) -> Pace:
    return Pace.of(torch.zeros(count), learning_rate, frame_change)


def test_a_picture_never_changes_by_more_than_the_pace() -> None:
    for frame_change in (0.005, 0.04):
        pace = pace_of(5, frame_change, learning_rate=0.5)
        descent = begun(5, pace)
        descent, _ = advanced(descent, evaluated(descent), BOX, pace)
        moved = torch.zeros(5)
        for _ in range(80):
            before = descent.images
            descent, _ = advanced(descent, evaluated(descent), BOX, pace)
            change = (descent.images - before).abs().flatten(1).mean(1) / 2
            assert (change <= frame_change).all()
            moved += change
        assert (moved > 0.1).all()


def test_a_refused_proposal_is_shortened_and_tried_again() -> None:
    pace = pace_of(1, 0.01)
    descent = begun(1, pace)
    descent, accepted = advanced(descent, evaluated(descent), BOX, pace)
    assert accepted.all()
    far = descent.proposal
    refused, accepted = advanced(descent, evaluated(descent), BOX, pace)
    assert not accepted.any()
    assert torch.equal(refused.latents, descent.latents)
    assert torch.equal(refused.moments.first, descent.moments.first)
    ways = (refused.proposal - refused.latents) / (far - descent.latents)
    assert (ways.max() - ways.min()).abs() < 1e-5
    assert 0 < ways.max() < 1


def test_the_pace_hardly_costs_steps() -> None:
    reached = []
    for frame_change in (0.04, math.inf):
        pace = pace_of(4, frame_change)
        descent = begun(4, pace)
        for _ in range(60):
            descent, _ = advanced(descent, evaluated(descent), BOX, pace)
        reached.append(descent.best_totals.mean())
    assert reached[0] < 1.2 * reached[1] + 1e-3


def test_rows_that_are_not_finite_stay_and_rest_and_disturb_nobody() -> None:
    pace = pace_of(4, math.inf)
    descent = begun(4, pace)
    descent, _ = advanced(descent, evaluated(descent), BOX, pace)
    evaluation = evaluated(descent)
    images, totals, gradients = (value.clone() for value in vars(evaluation).values())
    images[0, 0, 0, 0], totals[1], gradients[2, 3] = torch.nan, torch.inf, torch.nan
    after, accepted = advanced(descent, Evaluation(images, totals, gradients), BOX, pace)
    assert accepted.tolist() == [False, False, False, True]
    assert after.resting.tolist() == [True, True, True, False]
    assert torch.equal(after.latents[:3], descent.latents[:3])
    assert torch.equal(after.images[:3], descent.images[:3])
    assert after.proposal.isfinite().all()
    healthy, _ = advanced(descent, evaluation, BOX, pace)
    assert torch.equal(after.proposal[3], healthy.proposal[3])


def test_rows_advance_together_as_they_do_alone() -> None:
    pace = Pace(torch.tensor([0.1, 0.02, 0.3]), torch.tensor([0.04, 0.01, math.inf]))
    together = begun(3, pace)
    alone = [take_rows(together, torch.tensor([row])) for row in range(3)]
    for _ in range(60):
        together, _ = advanced(together, evaluated(together), BOX, pace)
        for row in range(3):
            row_pace = take_rows(pace, torch.tensor([row]))
            alone[row], _ = advanced(alone[row], evaluated(alone[row]), BOX, row_pace)
    torch.testing.assert_close(together.latents, join_rows(alone).latents, atol=1e-6, rtol=0)


def test_rows_come_to_rest_at_the_best_they_found() -> None:
    pace = pace_of(3)
    descent = begun(3, pace)
    for _ in range(600):
        if bool(descent.resting.all()):
            break
        descent = stepped(descent, pace)
    assert bool(descent.resting.all())
    assert torch.equal(descent.latents, descent.best_latents)
    assert torch.equal(descent.totals, descent.best_totals)
    torch.testing.assert_close(descent.images, picture(descent.latents))


def test_rows_that_are_sent_arrive_exactly_and_smoothly() -> None:
    pace = pace_of(2, 0.02)
    descent = begun(2, pace)
    descent = stepped(descent, pace)
    goal = torch.full((2, 4), 0.7)
    descent = sent_to(descent, goal, pace)
    steps = 0
    while not bool(descent.resting.all()):
        before = descent.images
        descent = stepped(descent, pace)
        assert ((descent.images - before).abs().flatten(1).mean(1) / 2 <= 0.02).all()
        steps += 1
        assert steps < 400
    assert torch.equal(descent.latents, goal)
    assert steps > 10


def test_resting_and_settling() -> None:
    pace = pace_of(2)
    descent = begun(2, pace)
    for _ in range(5):
        descent = stepped(descent, pace)
    assert not torch.equal(descent.proposal, descent.latents)
    assert torch.equal(rested(descent).proposal, descent.latents)
    there = settled(descent)
    assert torch.equal(there.latents, descent.best_latents)
    moved = ~(descent.latents == descent.best_latents).all(1)
    assert torch.equal(there.seen, ~moved)
    assert torch.equal(there.totals.isinf(), moved)


def test_rows_that_are_sent_without_rest_descend_from_there() -> None:
    pace = pace_of(2)
    goal = torch.full((2, 4), -0.6)
    descent = sent_to(begun(2, pace), goal, pace, rest=False)
    for _ in range(200):
        descent = stepped(descent, pace)
        if torch.equal(descent.latents, goal):
            break
    there = distance(goal)
    assert torch.equal(descent.latents, goal)
    for _ in range(200):
        descent = stepped(descent, pace)
    assert (descent.best_totals < 0.1 * there).all()
