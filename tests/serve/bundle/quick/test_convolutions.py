"""The quick convolutions against Torch's own, computed in float64: results and gradients."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from serve.bundle.quick.enlarging import EnlargingConvolution
from serve.bundle.quick.upsampling import UpsamplingConvolution
from serve.bundle.quick.winograd import WinogradConvolution

FLOAT32 = 2e-5


def drawn(*lengths: int, seed: int = 0) -> Tensor:
    return torch.randn(lengths, generator=torch.Generator().manual_seed(seed))


def check(quick: nn.Module, plain: Callable[[Tensor], Tensor], images: Tensor) -> None:
    """The same results and input gradients as `plain` gives in float64."""
    x, wide = images.requires_grad_(), images.detach().double().requires_grad_()
    found, expected = quick(x), plain(wide)
    assert found.shape == expected.shape
    weight = drawn(*found.shape, seed=9)
    (gradient,) = torch.autograd.grad((found * weight).sum(), x)
    (expected_gradient,) = torch.autograd.grad((expected * weight.double()).sum(), wide)
    for one, other in ((found, expected), (gradient, expected_gradient)):
        assert (one - other).abs().max() < FLOAT32 * other.abs().max()


@pytest.mark.parametrize("taps", [3, 5])
@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("size", [(6, 6), (15, 15), (9, 14)])
def test_winograd(taps: int, padding: int, size: tuple[int, int]) -> None:
    weight, bias = drawn(24, 16, taps, taps, seed=1), drawn(24, seed=2)
    check(
        WinogradConvolution(weight, bias, padding),
        lambda x: functional.conv2d(x, weight.double(), bias.double(), padding=padding),
        drawn(3, 16, *size),
    )


def test_winograd_in_many_blocks_without_bias(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serve.bundle.quick.winograd.BLOCK_FLOATS", 1)
    weight = drawn(16, 16, 3, 3, seed=1)
    check(
        WinogradConvolution(weight, None, 1),
        lambda x: functional.conv2d(x, weight.double(), padding=1),
        drawn(5, 16, 7, 7),
    )


@pytest.mark.parametrize(
    ("taps", "step", "padding", "extra"), [(5, 2, 2, 1), (4, 2, 1, 0), (6, 2, 2, 0), (9, 3, 3, 0)]
)
def test_upsampling(taps: int, step: int, padding: int, extra: int) -> None:
    weight, bias = drawn(16, 24, taps, taps, seed=1), drawn(24, seed=2)
    assert UpsamplingConvolution.fits(weight, step, padding, extra)
    check(
        UpsamplingConvolution(weight, bias, step, padding),
        lambda x: functional.conv_transpose2d(
            x, weight.double(), bias.double(), step, padding, extra
        ),
        drawn(3, 16, 5, 7),
    )


@pytest.mark.parametrize(
    ("taps", "step", "padding", "extra"), [(3, 2, 1, 1), (3, 3, 0, 0), (4, 2, 1, 1), (3, 1, 1, 0)]
)
def test_upsampling_does_not_fit(taps: int, step: int, padding: int, extra: int) -> None:
    assert not UpsamplingConvolution.fits(drawn(16, 24, taps, taps), step, padding, extra)


@pytest.mark.parametrize(
    ("size", "taps", "factor", "step", "padding"),
    [(64, 11, 4, 4, 2), (32, 11, 4, 4, 2), (64, 11, 2, 4, 2), (16, 3, 1, 1, 1), (12, 7, 2, 2, 0)],
)
@pytest.mark.parametrize("is_grey", [False, True])
def test_enlarging(
    size: int, taps: int, factor: int, step: int, padding: int, is_grey: bool
) -> None:
    weight, bias = drawn(8, 3, taps, taps, seed=1), drawn(8, seed=2)
    scale, shift = drawn(3, seed=3), drawn(3, seed=4)

    def plain(images: Tensor) -> Tensor:
        enlarged = functional.interpolate(
            images, scale_factor=factor, mode="bilinear", align_corners=False
        )
        levels = enlarged * scale.double()[:, None, None] + shift.double()[:, None, None]
        return functional.conv2d(levels, weight.double(), bias.double(), step, padding)

    assert EnlargingConvolution.fits(taps, factor, step, padding, size)
    quick = EnlargingConvolution(
        weight,
        bias,
        scale,
        shift,
        factor=factor,
        step=step,
        padding=padding,
        size=size,
        is_grey=is_grey,
    )
    check(quick, plain, drawn(2, 1 if is_grey else 3, size, size))


def test_enlarging_does_not_fit_a_step_between_pixels() -> None:
    assert not EnlargingConvolution.fits(taps=11, factor=4, step=2, padding=2, size=64)
    assert not EnlargingConvolution.fits(taps=11, factor=1, step=4, padding=0, size=8)
