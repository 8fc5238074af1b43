import torch
from torch import Tensor

from serve.latent.colour_error import colour_errors
from serve.latent.raster import ColourMap

SIZE = 12


def images(count: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    shape = (count, 3, SIZE, SIZE)
    return torch.rand(shape, generator=generator, dtype=torch.float64) * 2 - 1


def marked(rows: slice, columns: slice, seed: int) -> ColourMap:
    """A box with a hole in it, and strengths that differ."""
    generator = torch.Generator().manual_seed(seed)
    coverage = torch.zeros(SIZE, SIZE, dtype=torch.float64)
    coverage[rows, columns] = 0.75
    coverage[(rows.start + rows.stop) // 2, (columns.start + columns.stop) // 2] = 0
    strengths = torch.rand(SIZE, SIZE, generator=generator, dtype=torch.float64)
    colour = torch.rand(3, SIZE, SIZE, generator=generator, dtype=torch.float64) * 2 - 1
    return ColourMap(colour, coverage, coverage * strengths)


def as_it_is_defined(x: Tensor, one: ColourMap) -> Tensor:
    error = (x - one.colour).square().mean(1)
    return (error * one.weight).flatten(1).sum(1) / one.coverage.sum()


def test_errors_and_gradients_are_those_of_autograd() -> None:
    x = images(3).requires_grad_()
    maps = [marked(slice(0, 5), slice(3, 12), 1), marked(slice(4, 12), slice(0, 7), 2)]
    pulls = torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.0, 0.0]], dtype=torch.float64)
    found = colour_errors(x, maps)
    expected = torch.stack([as_it_is_defined(x, one) for one in maps])
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad((found * pulls).sum(), x)[0],
        torch.autograd.grad((expected * pulls).sum(), x)[0],
    )


def test_gradients_are_exact() -> None:
    maps = [marked(slice(0, 4), slice(3, 8), 1), marked(slice(2, 6), slice(0, 5), 2)]
    x = images(1).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: colour_errors(x, maps), (x,))


def test_half_the_strength_is_half_the_error() -> None:
    full = marked(slice(0, 5), slice(3, 12), 1)
    half = ColourMap(full.colour, full.coverage, full.weight / 2)
    errors = colour_errors(images(2), [full, half])
    torch.testing.assert_close(errors[1], errors[0] / 2)
