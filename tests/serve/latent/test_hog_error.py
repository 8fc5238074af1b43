import pytest
import torch
from torch import Tensor

from serve.latent import hog_error
from serve.latent.hog import hog
from serve.latent.hog_error import hog_errors
from serve.latent.raster import HogMap


def images(count: int, size: int, channels: int = 3, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(size)
    shape = (count, channels, size, size)
    return torch.rand(shape, generator=generator, dtype=dtype) * 2 - 1


def marked(size: int, seed: int, dtype: torch.dtype = torch.float64) -> HogMap:
    """A target in some of the cells, with a mask that reaches all pixels."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.rand(size, size, generator=generator, dtype=dtype)
    cells = -(-size // 8)
    coverage = torch.rand(cells, cells, generator=generator, dtype=dtype)
    coverage[seed % cells] = 0
    strengths = torch.rand(cells, cells, generator=generator, dtype=dtype)
    target = hog(images(1, size, 1, dtype).flip(-1), mask)[0]
    return HogMap(target=target, mask=mask, coverage=coverage, weight=coverage * strengths)


def as_it_is_defined(x: Tensor, one: HogMap) -> Tensor:
    error = (hog(x, one.mask) - one.target).square().sum(1)
    return (error * one.weight).flatten(1).sum(1) / one.coverage.sum()


@pytest.mark.parametrize(("size", "channels"), [(64, 3), (32, 1), (20, 3), (8, 3)])
def test_the_error_and_its_gradient_are_those_of_autograd(size: int, channels: int) -> None:
    x = images(3, size, channels).requires_grad_()
    maps = [marked(size, seed) for seed in (1, 2)]
    if size == 8:
        maps = [HogMap(one.target, one.mask, one.coverage + 1, one.weight + 1) for one in maps]
    pulls = torch.tensor([[1.0, -2.0, 0.5], [0.3, 1.0, 0.0]], dtype=torch.float64)
    found, expected = hog_errors(x, maps), torch.stack([as_it_is_defined(x, one) for one in maps])
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(
        torch.autograd.grad((found * pulls).sum(), x)[0],
        torch.autograd.grad((expected * pulls).sum(), x)[0],
    )


def test_gradients_are_exact() -> None:
    x, maps = images(1, 12, 1).requires_grad_(), [marked(12, seed) for seed in (0, 1)]
    assert torch.autograd.gradcheck(lambda x: hog_errors(x, maps), (x,))


def test_pictures_come_in_parts_without_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    x, maps = images(5, 32).requires_grad_(), [marked(32, 1)]
    whole = hog_errors(x, maps)
    (slope,) = torch.autograd.grad(whole.sum(), x)
    monkeypatch.setattr(hog_error, "VALUES_AT_ONCE", 2 * 8 * 32 * 32)
    parts = hog_errors(x, maps)
    torch.testing.assert_close(parts, whole)
    torch.testing.assert_close(torch.autograd.grad(parts.sum(), x)[0], slope)


def test_it_is_computed_without_gradient_too() -> None:
    x, maps = images(2, 32), [marked(32, 1)]
    assert not hog_errors(x, maps).requires_grad
    torch.testing.assert_close(hog_errors(x, maps), hog_errors(x.requires_grad_(), maps).detach())


def test_a_flat_picture_feels_no_pull_and_makes_no_nan() -> None:
    x = torch.zeros(1, 3, 32, 32, requires_grad=True)
    error = hog_errors(x, [marked(32, 1, torch.float32)])
    (slope,) = torch.autograd.grad(error.sum(), x)
    assert error.isfinite().all()
    assert not slope.any()
