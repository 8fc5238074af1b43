import math

import pytest
import torch
from torch import Tensor

from serve.latent.objective import ObjectiveWeights, colour_term, edit_terms, smoothness_term
from serve.latent.raster import ColourMap, GridConstraints
from tests.serve.latent.tiny_model import LATENT_DIM, SIZE, tiny_generator


def marked(dtype: torch.dtype = torch.float32) -> ColourMap:
    generator = torch.Generator().manual_seed(0)
    coverage = torch.rand(SIZE, SIZE, generator=generator, dtype=dtype)
    coverage = coverage * (coverage > 0.5)
    colour = torch.rand(3, SIZE, SIZE, generator=generator, dtype=dtype) * 2 - 1
    return ColourMap(colour=colour, coverage=coverage, weight=0.5 * coverage)


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


def test_smoothness_is_one_number_a_candidate() -> None:
    z = torch.tensor([[1.0, 0.0], [0.0, 3.0]])
    assert smoothness_term(z, torch.zeros(2, 2)).tolist() == [0.5, 4.5]


def test_the_objective_is_the_weighted_sum() -> None:
    z, start = torch.ones(2, 4), torch.zeros(2, 4)
    weights = ObjectiveWeights(colour=2.0, smoothness=3.0)
    terms = edit_terms(images(2), z, start, GridConstraints(marked()), weights)
    torch.testing.assert_close(terms.total, 2 * colour_term(images(2), marked()) + 3)
    without = edit_terms(images(2), z, start, GridConstraints(), weights)
    assert without.colour.tolist() == [0.0, 0.0]
    assert without.total.tolist() == [3.0, 3.0]


def test_gradients_are_exact() -> None:
    generator = tiny_generator().double()
    start = torch.zeros(2, LATENT_DIM, dtype=torch.float64)
    z = torch.linspace(-0.8, 0.8, 2 * LATENT_DIM, dtype=torch.float64).reshape(2, -1)
    target = GridConstraints(marked(torch.float64))

    def totals(z: Tensor) -> Tensor:
        return edit_terms(generator(z), z, start, target, ObjectiveWeights()).total

    assert torch.autograd.gradcheck(totals, (z.requires_grad_(),))


def test_candidates_do_not_touch_each_other() -> None:
    generator = tiny_generator()
    z = torch.rand(3, LATENT_DIM).requires_grad_()
    terms = edit_terms(
        generator(z), z, torch.zeros(3, LATENT_DIM), GridConstraints(marked()), ObjectiveWeights()
    )
    (gradient,) = torch.autograd.grad(terms.total[1], z)
    assert gradient[1].abs().min() > 0
    assert torch.equal(gradient[[0, 2]], torch.zeros(2, LATENT_DIM))


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_weights_are_finite_and_not_negative(weight: float) -> None:
    with pytest.raises(ValueError, match="smoothness"):
        ObjectiveWeights(smoothness=weight)
