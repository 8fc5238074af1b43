"""Gradients of convolutions, and convolutions by a kernel of each image's own."""

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from igan.errors import ExportError
from igan.export.rules.padding import constant_pad_nd

aten = torch.ops.aten


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
    none_missing = [0] * len(stride)
    if transposed:
        grad = aten.convolution.default(
            grad_output, weight, None, stride, padding, dilation, False, none_missing, groups
        )
        return grad, None, None
    kernel = weight.shape[2:]
    turned_padding = [
        spread * (taps - 1) - pad
        for pad, spread, taps in zip(padding, dilation, kernel, strict=True)
    ]
    if groups == 1 and all(step == 1 for step in stride) and min(turned_padding) >= 0:
        order = [1, 0, *range(2, weight.ndim)]
        turned = aten.flip.default(weight.permute(order), order[2:])
        grad = aten.convolution.default(
            grad_output, turned, None, stride, turned_padding, dilation, False, none_missing, 1
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


def convolution(
    source: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> Tensor:
    """With a group for each image, as style modulation asks for: a product for each image.

    ONNX has no such convolution. The images come as `(1, N * C, H, W)`.
    """
    if not isinstance(groups, torch.SymInt):
        return NotImplemented
    if source.ndim != 4 or source.shape[0] != 1 or bias is not None:
        raise ExportError("aten.convolution with a group for each image needs 2-d images, no bias.")
    images = source.reshape(groups, -1, *source.shape[2:])
    if transposed:
        kernels = weight.reshape(groups, -1, *weight.shape[1:]).transpose(1, 2).flip(3, 4)
        images = _spread_out(images, stride)
        margins = [
            (spread * (taps - 1) - pad, spread * (taps - 1) - pad + missing)
            for spread, taps, pad, missing in zip(
                dilation, weight.shape[2:], padding, output_padding, strict=True
            )
        ]
        stride = [1, 1]
    else:
        kernels = weight.reshape(groups, -1, *weight.shape[1:])
        margins = [(pad, pad) for pad in padding]
    result = product_for_each_image(images, kernels, margins, stride, dilation)
    return result.reshape(1, -1, *result.shape[2:])


def product_for_each_image(
    images: Tensor,
    kernels: Tensor,
    margins: Sequence[tuple[int, int]],
    stride: Sequence[int],
    dilation: Sequence[int],
) -> Tensor:
    """`(N, C, H, W)` and `(N, D, C, h, w)` to `(N, D, H2, W2)`."""
    padded = constant_pad_nd(images, [*margins[1], *margins[0]])
    reaches = [
        (length - spread * (taps - 1) - 1) // step + 1
        for length, spread, taps, step in zip(
            padded.shape[2:], dilation, kernels.shape[3:], stride, strict=True
        )
    ]
    shifted = []
    for tap in product(*map(range, kernels.shape[3:])):
        part = padded
        for axis in (0, 1):
            start = tap[axis] * dilation[axis]
            end = start + (reaches[axis] - 1) * stride[axis] + 1
            part = aten.slice.Tensor(part, 2 + axis, start, end, stride[axis])
        shifted.append(part.reshape(*part.shape[:2], -1))
    columns = torch.cat(shifted, 1)
    rows = kernels.permute(0, 1, 3, 4, 2).reshape(*kernels.shape[:2], -1)
    return (rows @ columns).reshape(*kernels.shape[:2], *reaches)


def _spread_out(images: Tensor, stride: Sequence[int]) -> Tensor:
    """Zeros between the pixels, which a transposed convolution of that stride thinks there are."""
    for axis, step in zip((2, 3), stride, strict=True):
        if step > 1:
            sizes = list(images.shape)
            sizes[axis] = (sizes[axis] - 1) * step + 1
            images = aten.slice_backward.default(images, sizes, axis, 0, sizes[axis], step)
    return images
