"""Operators in terms of simpler ones: backward ones for frozen weights, and interpolation.

Only the input of a network has a gradient here. Each rule has the signature of the ATen operator
that it stands for, and computes the same, so that it can be tested in Torch against the operator
itself. What the rules are made of translates to ONNX one to one.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch._decomp import core_aten_decompositions, get_decompositions

from igan.errors import ExportError

aten = torch.ops.aten
_TO_THE_END = 2**62


def decomposition_rules() -> dict[Any, Callable[..., Any]]:
    """Operator -> rule: Torch's decompositions to core ATen, and the rules of this file."""
    return {
        **core_aten_decompositions(),
        aten.var_mean.correction: variance_and_mean,
        aten.split_with_sizes.default: split_with_sizes,
        aten.slice_backward.default: slice_backward,
        aten.convolution_backward.default: convolution_backward,
        aten.max_pool2d_with_indices_backward.default: max_pool2d_with_indices_backward,
        aten.avg_pool2d_backward.default: avg_pool2d_backward,
        aten.upsample_bilinear2d_backward.default: upsample_bilinear2d_backward,
        aten.upsample_nearest2d.default: upsample_nearest2d,
        aten.upsample_nearest2d_backward.default: upsample_nearest2d_backward,
    }


def capture_rules() -> dict[Any, Callable[..., Any]]:
    """Operator -> rule for what must be gone before a gradient can be traced.

    Torch's own derivatives of these fix the batch size.
    """
    return {
        **get_decompositions([aten.native_layer_norm.default]),
        aten.native_group_norm.default: native_group_norm,
        aten.instance_norm.default: instance_norm,
        aten.upsample_bilinear2d.vec: upsample_bilinear2d_vec,
        aten.upsample_nearest2d.vec: upsample_nearest2d_vec,
    }


def native_group_norm(
    source: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    batch: int,
    channels: int,
    pixels: int,
    groups: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    grouped = source.reshape(source.shape[0], groups, channels // groups * pixels)
    mean = grouped.mean(2, keepdim=True)
    deviation = grouped - mean
    scale = torch.rsqrt((deviation * deviation).mean(2, keepdim=True) + eps)
    result = (deviation * scale).reshape(source.shape)
    shape = (1, channels, *[1] * (source.ndim - 2))
    if weight is not None:
        result = result * weight.reshape(shape)
    if bias is not None:
        result = result + bias.reshape(shape)
    return result, mean.squeeze(2), scale.squeeze(2)


def instance_norm(
    source: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """A group for each channel; with running statistics, batch normalisation."""
    if not use_input_stats:
        return aten.batch_norm.default(
            source, weight, bias, running_mean, running_var, False, momentum, eps, False
        )
    channels, pixels = source.shape[1], math.prod(source.shape[2:])
    batch = source.shape[0]
    return native_group_norm(source, weight, bias, batch, channels, pixels, channels, eps)[0]


def upsample_bilinear2d_vec(
    source: Tensor,
    output_size: Sequence[int] | None,
    align_corners: bool,
    scale_factors: Sequence[float] | None,
) -> Tensor:
    """The same operator with the size worked out."""
    size = _output_size(source, output_size, scale_factors)
    return aten.upsample_bilinear2d.default(
        source, size, align_corners, *(scale_factors or (None, None))
    )


def upsample_nearest2d_vec(
    source: Tensor, output_size: Sequence[int] | None, scale_factors: Sequence[float] | None
) -> Tensor:
    """The same operator with the size worked out."""
    size = _output_size(source, output_size, scale_factors)
    return aten.upsample_nearest2d.default(source, size, *(scale_factors or (None, None)))


def variance_and_mean(
    source: Tensor,
    dim: Sequence[int] | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
) -> tuple[Tensor, Tensor]:
    axes = list(range(source.ndim)) if dim is None else list(dim)
    count = math.prod(source.shape[axis] for axis in axes)
    mean = source.mean(axes, keepdim=True)
    deviation = source - mean
    total = (deviation * deviation).sum(axes, keepdim=keepdim)
    variance = total / (count - (1 if correction is None else correction))
    return variance, mean if keepdim else mean.squeeze(axes)


def split_with_sizes(source: Tensor, sizes: Sequence[int], dim: int = 0) -> list[Tensor]:
    ends = itertools.accumulate(sizes)
    return [
        aten.slice.Tensor(source, dim, end - size, end)
        for size, end in zip(sizes, ends, strict=True)
    ]


def slice_backward(
    grad_output: Tensor, input_sizes: Sequence[int], dim: int, start: int, end: int, step: int
) -> Tensor:
    """Zeros around the part that was cut out."""
    length = input_sizes[dim]
    if start == 0 and step == 1 and end >= _TO_THE_END:
        return grad_output
    if isinstance(length, torch.SymInt) or step != 1:
        raise ExportError("aten.slice_backward cannot be exported for parts of a batch or steps.")
    before, after, _ = slice(start, end).indices(length)
    behind = (len(input_sizes) - 1 - dim % len(input_sizes)) * [0, 0]
    return aten.constant_pad_nd.default(grad_output, [*behind, before, length - after])


def convolution_backward(
    grad_output: Tensor,
    source: Tensor,
    weight: Tensor,
    bias_sizes: Sequence[int] | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
    output_mask: Sequence[bool],
) -> tuple[Tensor, None, None]:
    """The adjoint of a convolution is the transposed convolution by the same weight, and back.

    At stride 1 that is a convolution by the turned kernel, for which runtimes have faster code.
    """
    if transposed:
        grad = aten.convolution.default(
            grad_output, weight, None, stride, padding, dilation, False, [0, 0], groups
        )
        return grad, None, None
    kernel = weight.shape[2:]
    turned_padding = [
        spread * (taps - 1) - pad
        for pad, spread, taps in zip(padding, dilation, kernel, strict=True)
    ]
    if groups == 1 and all(step == 1 for step in stride) and min(turned_padding) >= 0:
        turned = aten.flip.default(weight.permute(1, 0, 2, 3), [2, 3])
        grad = aten.convolution.default(
            grad_output, turned, None, stride, turned_padding, dilation, False, [0, 0], 1
        )
        return grad, None, None
    missing = [
        size - ((out - 1) * step - 2 * pad + spread * (taps - 1) + 1)
        for size, out, step, pad, spread, taps in zip(
            source.shape[2:],
            grad_output.shape[2:],
            stride,
            padding,
            dilation,
            kernel,
            strict=True,
        )
    ]
    grad = aten.convolution.default(
        grad_output, weight, None, stride, padding, dilation, True, missing, groups
    )
    return grad, None, None


def max_pool2d_with_indices_backward(
    grad_output: Tensor,
    source: Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    ceil_mode: bool,
    indices: Tensor,
) -> Tensor:
    """Each window adds its gradient at its largest element; windows may overlap."""
    batch, channels, height, width = source.shape
    zeros = grad_output.new_zeros((batch, channels, height * width))
    summed = zeros.scatter_add(2, indices.flatten(2), grad_output.flatten(2))
    return summed.view(batch, channels, height, width)


def avg_pool2d_backward(
    grad_output: Tensor,
    source: Tensor,
    kernel_size: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Tensor:
    """Each element of a window receives its share; for windows that tile the image."""
    down, across = _pair(kernel_size)
    height, width = source.shape[2:]
    tiled = (
        height % down == 0
        and width % across == 0
        and _pair(stride or kernel_size)
        == (
            down,
            across,
        )
    )
    if not tiled or any(padding):
        raise ExportError(
            "aten.avg_pool2d_backward cannot be exported for windows that overlap or leave the "
            "image; use a stride equal to the window."
        )
    share = grad_output / (divisor_override or down * across)
    return _repeat(share, down, across)


def upsample_bilinear2d_backward(
    grad_output: Tensor,
    output_size: Sequence[int],
    input_size: Sequence[int],
    align_corners: bool,
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> Tensor:
    """Interpolation is a product with one matrix on either side; this is its transpose."""
    batch, channels, height, width = input_size
    rows = interpolation_matrix(height, output_size[0], align_corners, scales_h, grad_output)
    columns = interpolation_matrix(width, output_size[1], align_corners, scales_w, grad_output)
    narrow = aten.mm.default(grad_output.reshape(-1, output_size[1]), columns)
    turned = narrow.view(batch, channels, output_size[0], width).permute(0, 1, 3, 2)
    small = aten.mm.default(turned.reshape(-1, output_size[0]), rows)
    return small.view(batch, channels, width, height).permute(0, 1, 3, 2)


def interpolation_matrix(
    size: int, new_size: int, align_corners: bool, scale: float | None, like: Tensor
) -> Tensor:
    """`(new_size, size)`: linear interpolation along one axis, edges replicated.

    `scale` is the factor asked for, where it differs from the ratio of sizes (as in Torch).
    """
    places = torch.arange(new_size, dtype=like.dtype, device=like.device)
    if align_corners:
        places = places * ((size - 1) / max(new_size - 1, 1))
    else:
        places = (places + 0.5) * (1 / scale if scale else size / new_size) - 0.5
    places = places.clamp(0, size - 1)
    knots = torch.arange(size, dtype=like.dtype, device=like.device)
    return (1 - (places[:, None] - knots).abs()).clamp(min=0)


def upsample_nearest2d(
    source: Tensor,
    output_size: Sequence[int],
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> Tensor:
    """Every pixel repeated; for whole factors."""
    height, width = source.shape[2:]
    return _repeat(source, *_whole_factors((height, width), output_size))


def upsample_nearest2d_backward(
    grad_output: Tensor,
    output_size: Sequence[int],
    input_size: Sequence[int],
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> Tensor:
    batch, channels, height, width = input_size
    down, across = _whole_factors((height, width), output_size)
    return grad_output.view(batch, channels, height, down, width, across).sum((3, 5))


def _repeat(source: Tensor, down: int, across: int) -> Tensor:
    batch, channels, height, width = source.shape
    repeated = source[:, :, :, None, :, None].expand(batch, channels, height, down, width, across)
    return repeated.reshape(batch, channels, height * down, width * across)


def _output_size(
    source: Tensor, size: Sequence[int] | None, factors: Sequence[float] | None
) -> Sequence[int]:
    if size is not None:
        return size
    assert factors is not None
    return [int(old * factor) for old, factor in zip(source.shape[2:], factors, strict=True)]


def _whole_factors(size: Sequence[int], new_size: Sequence[int]) -> tuple[int, int]:
    if any(new % old for old, new in zip(size, new_size, strict=True)):
        raise ExportError(
            "aten.upsample_nearest2d cannot be exported for a factor that is not a whole number; "
            f"it was asked to make {tuple(new_size)} of {tuple(size)}."
        )
    return new_size[0] // size[0], new_size[1] // size[1]


def _pair(values: Sequence[int]) -> tuple[int, int]:
    return (values[0], values[0]) if len(values) == 1 else (values[0], values[1])
