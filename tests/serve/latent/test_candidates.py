import numpy as np
import pytest
import torch
from torch import Tensor

from serve.latent.averaging import candidate_weights
from serve.latent.bounds import Bounds
from serve.latent.candidates import LatentCandidates, perturbed_starts, rank_distinct
from serve.latent.objective import ObjectiveWeights
from serve.latent.raster import ColourMap, GridConstraints
from serve.latent.shadow import DARKEST
from serve.photo.pixels import tensor_to_pixels
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_generator

BOX = Bounds(-1, 1)
START = torch.linspace(-0.8, 0.8, LATENT_DIM)


def painted(seed: int = 9) -> GridConstraints:
    """What another latent's image shows in the upper half."""
    coverage = torch.zeros(SIZE, SIZE)
    coverage[: SIZE // 2] = 1
    generator = torch.Generator().manual_seed(seed)
    goal = torch.rand(1, LATENT_DIM, generator=generator) * 2 - 1
    return GridConstraints(ColourMap(tiny_generator()(goal)[0] * coverage, coverage, coverage))


def candidates(count: int = 12, seed: int = 0) -> LatentCandidates:
    starts = perturbed_starts(START, BOX, count, seed=seed)
    return LatentCandidates(tiny_generator(), starts, BOX, ObjectiveWeights(smoothness=0.1))


def flat(*levels: float) -> Tensor:
    """Pictures of one level each: (N, 1, 4, 4)."""
    return torch.tensor(levels)[:, None, None, None].expand(-1, 1, 4, 4)


def test_starts_hold_the_start_itself_and_bounded_draws_around_it() -> None:
    starts = perturbed_starts(START, BOX, 64, diversity=0.5, seed=3)
    assert torch.equal(starts[0], START)
    assert starts.abs().max() <= 1
    assert (starts - START).abs().max() <= 0.5
    assert torch.equal(starts, perturbed_starts(START, BOX, 64, diversity=0.5, seed=3))
    assert not torch.equal(starts, perturbed_starts(START, BOX, 64, diversity=0.5, seed=4))


def test_diversity_is_how_far_they_lie() -> None:
    spreads = [
        (perturbed_starts(torch.zeros(LATENT_DIM), BOX, 64, diversity)).std()
        for diversity in (0.0, 0.2, 0.8)
    ]
    assert spreads[0] == 0
    assert spreads[1] < 0.3 * spreads[2]
    normal = perturbed_starts(torch.zeros(200), Bounds(), 64, 1.0, prior="normal")
    assert normal[1:].std().item() == pytest.approx(1, abs=0.05)


def test_the_best_distinct_ones_are_shown_in_order() -> None:
    shown = candidates()
    shown.set_constraints(painted())
    shown.run_to_convergence(8)
    results = shown.shown(4)
    objectives = [one.objective for one in results]
    assert len(results) == 4
    assert objectives == sorted(objectives)
    assert objectives[0] == shown.editor.objectives.min()
    for one in results:
        image = tiny_generator()(one.latents[None])
        assert np.array_equal(one.picture, tensor_to_pixels(image)[0])


def test_slices_come_to_the_same_as_the_whole() -> None:
    whole, sliced = candidates(), candidates()
    for one in (whole, sliced):
        one.set_constraints(painted())
    whole.editor.step(6)
    for _ in range(6 * 3):
        sliced.step(4)
    torch.testing.assert_close(sliced.editor.latents, whole.editor.latents, atol=1e-6, rtol=0)


def test_every_row_has_its_turn() -> None:
    sliced = candidates(10)
    sliced.set_constraints(painted())
    turns = [sliced.next_rows(4).tolist() for _ in range(5)]
    assert turns == [[0, 1, 2, 3], [4, 5, 6, 7], [0, 1, 8, 9], [2, 3, 4, 5], [6, 7, 8, 9]]


def test_only_what_was_looked_at_is_shown() -> None:
    sliced = candidates()
    sliced.set_constraints(painted())
    assert sliced.shown() == []
    sliced.step(3)
    assert {one.row for one in sliced.shown()} <= {0, 1, 2}


def test_new_constraints_are_judged_without_another_look() -> None:
    calls = 0
    net = tiny_generator()

    def counting(z: Tensor) -> Tensor:
        nonlocal calls
        calls += 1
        return net(z)

    starts = perturbed_starts(START, BOX, 6)
    several = LatentCandidates(counting, starts, BOX)
    several.set_constraints(painted())
    several.step()
    several.set_constraints(painted(10))
    before = calls
    assert len(several.shown()) > 1
    assert calls == before
    several.step()
    fresh = several.editor.objectives
    assert fresh.isfinite().all()


def test_near_identical_pictures_are_one() -> None:
    objectives = torch.tensor([3.0, 1.0, 1.1, 2.0])
    images = flat(0.5, 0.0, 0.01, -0.5)
    assert rank_distinct(objectives, images) == (1, 3, 0)
    assert rank_distinct(objectives, images, count=2) == (1, 3)


def test_the_order_is_kept_until_somebody_is_clearly_better() -> None:
    images = flat(-0.8, -0.4, 0.0, 0.4)
    first = rank_distinct(torch.tensor([1.0, 2.0, 3.0, 4.0]), images)
    assert first == (0, 1, 2, 3)
    slightly = rank_distinct(torch.tensor([2.05, 2.0, 3.0, 4.0]), images, shown=first)
    assert slightly == first
    assert rank_distinct(torch.tensor([2.05, 2.0, 3.0, 4.0]), images) == (1, 0, 2, 3)
    clearly = rank_distinct(torch.tensor([2.5, 2.0, 3.0, 4.0]), images, shown=first)
    assert clearly == (1, 0, 2, 3)


def test_a_twin_does_not_push_out_the_one_that_is_shown() -> None:
    images = flat(0.0, 0.01, 0.5)
    objectives = torch.tensor([1.0, 0.99, 2.0])
    assert rank_distinct(objectives, images, shown=(0, 2)) == (0, 2)
    assert rank_distinct(objectives, images) == (1, 2)


def test_nothing_that_is_not_finite_is_shown() -> None:
    objectives = torch.tensor([torch.nan, torch.inf, 1.0])
    assert rank_distinct(objectives, flat(0.0, 0.3, 0.6), shown=(0, 1)) == (2,)
    assert rank_distinct(objectives[:2], flat(0.0, 0.3)) == ()


def test_the_same_seed_gives_the_same_candidates_bit_for_bit() -> None:
    results = []
    for _ in range(2):
        one = candidates(seed=5)
        one.set_constraints(painted())
        one.run_to_convergence(25)
        results.append(one.shown())
    assert [one.row for one in results[0]] == [one.row for one in results[1]]
    for one, other in zip(*results, strict=True):
        assert torch.equal(one.latents, other.latents)
        assert one.objective == other.objective


def test_the_average_is_of_those_shown_and_can_be_gone_on_from() -> None:
    several = candidates()
    assert several.average() is None
    several.set_constraints(painted())
    several.run_to_convergence(10)
    shown, average = several.shown(3), several.average(3)
    assert average is not None
    weights = candidate_weights(torch.tensor([one.objective for one in shown]))
    expected = sum(w * one.latents for w, one in zip(weights, shown, strict=True))
    torch.testing.assert_close(average.latents, expected)
    blend = sum(float(w) * one.picture for w, one in zip(weights, shown, strict=True))
    assert np.abs(average.picture - blend).max() <= 1


def test_the_shadow_of_a_sketch_model_is_dark_where_candidates_are() -> None:
    starts = perturbed_starts(START, BOX, 4)
    several = LatentCandidates(tiny_generator(1), starts, BOX)
    assert several.shadow() is None
    several.run_to_convergence(5)
    several.editor.look_at_all()
    shadow = several.shadow()
    assert shadow is not None
    average = several.average()
    assert average is not None
    assert shadow.shape == (SIZE, SIZE, 1)
    expected = 255 - DARKEST * (255.0 - average.picture)
    assert np.abs(shadow - expected).max() <= 1
