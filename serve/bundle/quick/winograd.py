"""Convolutions of step one with few multiplications, forward and for the gradient of the input."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from serve.bundle.quick.cook_toom import transforms

OUTPUTS_PER_TILE = 4
KERNELS = (3, 5)
FEWEST_CHANNELS = 16
"""Below this a convolution's transforms cost more than they save."""

MOST_WEIGHTS = 2**25
"""Transformed weights of one direction, above which reading them costs more than they save."""

BLOCK_FLOATS = 2**22
"""Transformed values that a block of images may take, so that they stay in the cache."""


class WinogradConvolution(nn.Module):
    """`functional.conv2d(images, weight, bias, padding=padding)` to float32's rounding.

    Tiles of 4 x 4 outputs are products in the transformed domain (`cook_toom`): a 5 x 5 kernel
    takes 4 multiplications an output instead of 25, a 3 x 3 kernel 2.25 instead of 9. Images and
    results are (N, channels, H, W), fastest with channels last; the gradient is of the images.

    Args:
        weight: (out channels, in channels, taps, taps), taps 2 to 5.
    """

    @staticmethod
    def fits(weight: Tensor, step: int, padding: int) -> bool:
        """Whether it can take the convolution's place, and pays."""
        out_channels, in_channels, taps, _ = weight.shape
        transformed = (OUTPUTS_PER_TILE + taps - 1) ** 2 * out_channels * in_channels
        return (
            step == 1
            and taps in KERNELS
            and padding < taps
            and min(out_channels, in_channels) >= FEWEST_CHANNELS
            and transformed <= MOST_WEIGHTS
        )

    def __init__(self, weight: Tensor, bias: Tensor | None, padding: int) -> None:
        super().__init__()
        self.forth = _TileProducts(weight, padding)
        turned = weight.flip(2, 3).transpose(0, 1)
        self.back = _TileProducts(turned, weight.shape[2] - 1 - padding)
        self.register_buffer("bias", bias, persistent=False)

    bias: Tensor | None

    def forward(self, images: Tensor) -> Tensor:
        return _Convolve.apply(images, self)


class _TileProducts(nn.Module):
    """A convolution without bias, for one direction; (N, H, W, in) -> (N, h, w, out)."""

    def __init__(self, weight: Tensor, padding: int) -> None:
        super().__init__()
        out_channels, in_channels, taps, _ = weight.shape
        axis = transforms(OUTPUTS_PER_TILE, taps)
        self.taps, self.padding, self.out_channels = taps, padding, out_channels
        self.span = OUTPUTS_PER_TILE + taps - 1
        axes = torch.from_numpy(np.kron(axis.weight, axis.weight))
        flat = weight.double().permute(2, 3, 1, 0).flatten(0, 1).flatten(1)
        transformed = torch.empty(self.span**2, in_channels, out_channels)
        for place, row in zip(transformed, axes, strict=True):
            place.copy_((row @ flat).view_as(place))
        self.register_buffer("weight", transformed, persistent=False)
        self.register_buffer("data", _single(np.kron(axis.data, axis.data)), persistent=False)
        self.register_buffer("result", _single(np.kron(axis.result, axis.result)), persistent=False)

    weight: Tensor
    data: Tensor
    result: Tensor

    def forward(self, images: Tensor) -> Tensor:
        _, high, wide, in_channels = images.shape
        grown = 2 * self.padding - self.taps + 1
        tiles = -(-(high + grown) // OUTPUTS_PER_TILE) * -(-(wide + grown) // OUTPUTS_PER_TILE)
        floats = self.span**2 * tiles * (in_channels + self.out_channels)
        blocks = images.split(max(1, BLOCK_FLOATS // floats))
        return torch.cat([self._convolved(block) for block in blocks])

    def _convolved(self, images: Tensor) -> Tensor:
        count, high, wide, channels = images.shape
        out_high = high + 2 * self.padding - self.taps + 1
        out_wide = wide + 2 * self.padding - self.taps + 1
        step, span = OUTPUTS_PER_TILE, self.span
        down, across = -(-out_high // step), -(-out_wide // step)
        after_high = down * step + self.taps - 1 - high - self.padding
        after_wide = across * step + self.taps - 1 - wide - self.padding
        padded = functional.pad(images, (0, 0, self.padding, after_wide, self.padding, after_high))
        row = padded.shape[2] * channels
        tiles = padded.as_strided(
            (span, span, count, down, across, channels),
            (row, channels, padded.shape[1] * row, step * row, step * channels, 1),
        )
        data = (self.data @ tiles.reshape(span**2, -1)).view(span**2, -1, channels)
        products = torch.bmm(data, self.weight).view(span**2, -1)
        results = (self.result @ products).view(step, step, count, down, across, self.out_channels)
        joined = results.permute(2, 3, 0, 4, 1, 5).reshape(
            count, down * step, across * step, self.out_channels
        )
        return joined[:, :out_high, :out_wide]


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, convolution: WinogradConvolution) -> Tensor:
        ctx.convolution = convolution
        results = convolution.forth(images.permute(0, 2, 3, 1).contiguous())
        if convolution.bias is not None:
            results += convolution.bias
        return results.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        images = ctx.convolution.back(gradient.permute(0, 2, 3, 1).contiguous())
        return images.permute(0, 3, 1, 2), None


def _single(values: npt.NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))
