import math
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from serve.latent.handles import begin_tracking
from serve.latent.hog import hog
from serve.latent.objective import (
    EditTerms,
    ObjectiveWeights,
    Score,
    colour_term,
    edit_terms,
    hog_term,
    realism_term,
    score_of,
    smoothness_term,
)
from serve.latent.raster import ColourMap, GridConstraints, HandleDrags, HogMap, WarpTarget
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_generator

WEIGHTS = ObjectiveWeights(
    colour=2.0, sketch=0.5, warp_colour=0.25, warp_sketch=3.0, keep=0.75, smoothness=1.5
)


def marked(dtype: torch.dtype = torch.float32, seed: int = 0) -> ColourMap:
    generator = torch.Generator().manual_seed(seed)
    coverage = torch.rand(SIZE, SIZE, generator=generator, dtype=dtype)
    coverage = coverage * (coverage > 0.5)
    colour = torch.rand(3, SIZE, SIZE, generator=generator, dtype=dtype) * 2 - 1
    return ColourMap(colour=colour, coverage=coverage, weight=0.5 * coverage)


def edges(dtype: torch.dtype = torch.float32, seed: int = 0) -> HogMap:
    """What another picture shows in the one cell that there is."""
    paint = marked(dtype, seed)
    coverage = torch.ones(1, 1, dtype=dtype)
    target = hog(paint.colour[None], paint.coverage)[0]
    return HogMap(target=target, mask=paint.coverage, coverage=coverage, weight=0.5 * coverage)


def everything(dtype: torch.dtype = torch.float32) -> GridConstraints:
    return GridConstraints(
        colour=marked(dtype, 0),
        sketch=edges(dtype, 1),
        warp=WarpTarget(marked(dtype, 2), edges(dtype, 2)),
        keep=marked(dtype, 3),
    )


def images(count: int) -> Tensor:
    return torch.rand(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_colour_term_is_the_weighted_mean_over_marked_pixels() -> None:
    x, target = images(2), marked()
    terms = colour_term(x, target)
    for row in range(2):
        total = area = 0.0
        for i in range(SIZE):
            for j in range(SIZE):
                error = ((x[row, :, i, j] - target.colour[:, i, j]) ** 2).mean().item()
                total += target.weight[i, j].item() * error
                area += target.coverage[i, j].item()
        assert terms[row].item() == pytest.approx(total / area, rel=1e-5)


def test_the_colour_term_does_not_depend_on_the_size_of_the_stroke() -> None:
    black, white = -torch.ones(1, 3, SIZE, SIZE), torch.ones(3, SIZE, SIZE)
    for side in (1, 5):
        coverage = torch.zeros(SIZE, SIZE)
        coverage[:side, :side] = 1
        assert colour_term(black, ColourMap(white, coverage, coverage)).item() == 4.0


def test_what_is_not_marked_feels_no_pull() -> None:
    coverage = torch.zeros(SIZE, SIZE)
    coverage[2:4, 3:7] = 0.5
    x = images(2).requires_grad_()
    (pull,) = torch.autograd.grad(
        colour_term(x, ColourMap(torch.ones(3, SIZE, SIZE), coverage, coverage)).sum(), x
    )
    assert torch.equal(pull.ne(0).all(1), coverage.gt(0).expand(2, -1, -1))
    assert torch.equal(pull.ne(0).any(1), coverage.gt(0).expand(2, -1, -1))


def test_the_hog_term_is_the_mean_over_cells_of_the_squared_distance() -> None:
    """The cell of the picture itself is no distance away, an empty one the length of the target."""
    x, sketch = images(1), edges(seed=5)
    own = HogMap(hog(x, sketch.mask)[0], sketch.mask, sketch.coverage, sketch.coverage)
    assert hog_term(x, own).item() == pytest.approx(0, abs=1e-10)
    flat = hog_term(torch.zeros_like(x), sketch)
    assert flat.item() == pytest.approx(0.5 * sketch.target.square().sum().item(), rel=1e-5)


def test_smoothness_is_one_number_a_candidate() -> None:
    z = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    assert smoothness_term(z, torch.zeros(2, 2)).tolist() == [0.5, 4.5]


def test_realism_is_the_logarithm_of_what_is_left_to_one() -> None:
    logits = torch.tensor([-3.0, 0.0, 2.0], dtype=torch.float64)
    found = realism_term(images(3), Score(lambda x: logits, "logit"))
    torch.testing.assert_close(found, torch.log(1 - torch.sigmoid(logits)))


def test_realism_of_a_certain_discriminator_is_finite_and_pulls() -> None:
    """In float32 sigmoid(40) is one and log(1 - 1) minus infinity."""
    logits = torch.tensor([40.0, 200.0], requires_grad=True)
    found = realism_term(images(2), Score(lambda x: logits, "logit"))
    torch.testing.assert_close(found, -logits)
    assert torch.autograd.grad(found.sum(), logits)[0].tolist() == [-1, -1]


def test_realism_of_a_critic_is_its_score() -> None:
    scores = torch.tensor([-3.0, 5.0])
    found = realism_term(images(2), Score(lambda x: scores, "critic"))
    assert found.tolist() == [3, -5]


def discriminated_bundle(meaning: str | None, differentiable: bool = True) -> Any:
    manifest = SimpleNamespace(meaning=meaning, differentiable=differentiable)
    discriminator = None if meaning is None else SimpleNamespace(manifest=manifest)
    return SimpleNamespace(manifest=SimpleNamespace(name="tiny"), discriminator=discriminator)


def test_only_a_discriminator_that_can_be_differentiated_gives_a_score() -> None:
    assert score_of(discriminated_bundle(None)) is None
    assert score_of(discriminated_bundle("logit", False)) is None
    score = score_of(discriminated_bundle("critic"))
    assert score is not None
    assert score.meaning == "critic"


def test_the_objective_is_the_weighted_sum() -> None:
    x, z, start, grid = images(2), torch.ones(2, 4), torch.zeros(2, 4), everything()
    terms = edit_terms(x, z, start, grid, WEIGHTS)
    expected = {
        "colour": colour_term(x, marked(seed=0)),
        "sketch": hog_term(x, edges(seed=1)),
        "warp_colour": colour_term(x, marked(seed=2)),
        "warp_sketch": hog_term(x, edges(seed=2)),
        "keep": colour_term(x, marked(seed=3)),
        "smoothness": torch.ones(2),
    }
    for name, term in expected.items():
        torch.testing.assert_close(getattr(terms, name), term)
        assert (term > 0).all()
    total = sum(getattr(WEIGHTS, name) * term for name, term in expected.items())
    torch.testing.assert_close(terms.total, total)


def test_without_constraints_only_smoothness_is_left() -> None:
    z, start = torch.ones(2, 4), torch.zeros(2, 4)
    terms = edit_terms(images(2), z, start, GridConstraints(), WEIGHTS)
    assert terms.total.tolist() == [1.5, 1.5]
    names = {field.name for field in fields(EditTerms)}
    for name in names - {"smoothness", "total"}:
        assert getattr(terms, name).tolist() == [0.0, 0.0]


def test_every_term_has_a_weight() -> None:
    names = {field.name for field in fields(EditTerms)}
    assert names - {"total"} == {field.name for field in fields(ObjectiveWeights)}


def test_realism_enters_with_its_weight() -> None:
    z = torch.zeros(2, 4)
    score = Score(lambda x: x.flatten(1).sum(1), "critic")
    weights = ObjectiveWeights(realism=0.5)
    terms = edit_terms(images(2), z, z, GridConstraints(), weights, score)
    torch.testing.assert_close(terms.total, -0.5 * images(2).flatten(1).sum(1))
    with pytest.raises(ValueError, match="there is no score"):
        edit_terms(images(2), z, z, GridConstraints(), weights)
    assert edit_terms(images(2), z, z, GridConstraints(), WEIGHTS, score).realism.tolist() == [0, 0]


def test_point_drags_enter_with_their_weight() -> None:
    z, places = torch.zeros(2, 4), torch.tensor([[4.0, 4.0]])
    drags = HandleDrags(places, places + 2, torch.tensor([2.0]), torch.tensor([1.0]))
    grid, weights = GridConstraints(handles=drags), ObjectiveWeights(handle=3.0)
    with pytest.raises(ValueError, match="nothing says where their handles are"):
        edit_terms(images(2), z, z, grid, weights)
    tracks = begin_tracking(images(2), drags)
    terms = edit_terms(images(2), z, z, grid, weights, tracks=tracks)
    assert (terms.handle > 0).all()
    torch.testing.assert_close(terms.total, 3 * terms.handle)


def test_gradients_are_exact() -> None:
    generator = tiny_generator().double()
    start = torch.zeros(2, LATENT_DIM, dtype=torch.float64)
    z = torch.linspace(-0.8, 0.8, 2 * LATENT_DIM, dtype=torch.float64).reshape(2, -1)
    grid, weights = everything(torch.float64), ObjectiveWeights(realism=0.3)
    score = Score(lambda x: 5 * x.flatten(1).mean(1), "logit")

    def totals(z: Tensor) -> Tensor:
        return edit_terms(generator(z), z, start, grid, weights, score).total

    assert torch.autograd.gradcheck(totals, (z.requires_grad_(),))


@pytest.mark.parametrize("term", [colour_term, hog_term])
def test_the_gradient_of_a_term_alone_is_exact(term: Any) -> None:
    x = images(2).double().requires_grad_()
    target = marked(torch.float64) if term is colour_term else edges(torch.float64)
    assert torch.autograd.gradcheck(lambda x: term(x, target), (x,))


def test_terms_can_be_detached() -> None:
    z = torch.ones(2, 4, requires_grad=True)
    terms = edit_terms(images(2), z, torch.zeros(2, 4), everything(), WEIGHTS)
    assert terms.total.requires_grad
    detached = terms.detached()
    assert not any(getattr(detached, field.name).requires_grad for field in fields(EditTerms))
    assert torch.equal(detached.total, terms.total)


def test_candidates_do_not_touch_each_other() -> None:
    generator = tiny_generator()
    z = torch.rand(3, LATENT_DIM).requires_grad_()
    start = torch.zeros(3, LATENT_DIM)
    terms = edit_terms(generator(z), z, start, everything(), ObjectiveWeights())
    (gradient,) = torch.autograd.grad(terms.total[1], z)
    assert gradient[1].abs().min() > 0
    assert torch.equal(gradient[[0, 2]], torch.zeros(2, LATENT_DIM))


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["smoothness", "realism"])
def test_weights_are_finite_and_not_negative(name: str, weight: float) -> None:
    with pytest.raises(ValueError, match=name):
        ObjectiveWeights(**{name: weight})
