"""Gradients of pooling, for windows that may overlap."""

from collections.abc import Sequence

import torch
from torch import Tensor

from igan.export.rules.separable import apply_separably, steps_aside, unit_responses

aten = torch.ops.aten


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
    """Each element of a window receives its share; windows that tile the image repeat it."""
    kernel, steps, margins = _pair(kernel_size), _pair(stride or kernel_size), _pair(padding)
    size = (int(source.shape[2]), int(source.shape[3]))
    covered = all(length % window == 0 for length, window in zip(size, kernel, strict=True))
    if covered and steps == kernel and not any(margins):
        return repeat_pixels(grad_output / (divisor_override or kernel[0] * kernel[1]), *kernel)
    own_divisor = 1 if divisor_override else None

    def shares(axis: int) -> Tensor:
        window = [kernel[axis], 1], [steps[axis], 1], [margins[axis], 0]

        def pool(units: Tensor) -> Tensor:
            return aten.avg_pool2d.default(
                units, *window, ceil_mode, count_include_pad, own_divisor
            )

        return unit_responses(pool, size[axis], grad_output)

    return apply_separably(grad_output / (divisor_override or 1), shares(0).t(), shares(1).t())


@steps_aside
def adaptive_avg_pool2d(source: Tensor, output_size: Sequence[int]) -> Tensor:
    rows, columns = _adaptive_shares(source, output_size)
    return apply_separably(source, rows, columns)


def adaptive_avg_pool2d_backward(grad_output: Tensor, source: Tensor) -> Tensor:
    rows, columns = _adaptive_shares(source, grad_output.shape[2:])
    return apply_separably(grad_output, rows.t(), columns.t())


def _adaptive_shares(source: Tensor, output_size: Sequence[int]) -> tuple[Tensor, Tensor]:
    def shares(axis: int) -> Tensor:
        def pool(units: Tensor) -> Tensor:
            return aten._adaptive_avg_pool2d.default(units, [output_size[axis], 2])

        return unit_responses(pool, source.shape[2 + axis], source)

    return shares(0), shares(1)


def repeat_pixels(source: Tensor, down: int, across: int) -> Tensor:
    """Every pixel as a block of `down` by `across`."""
    batch, channels, height, width = source.shape
    repeated = source[:, :, :, None, :, None].expand(batch, channels, height, down, width, across)
    return repeated.reshape(batch, channels, height * down, width * across)


def _pair(values: Sequence[int]) -> tuple[int, int]:
    return (values[0], values[0]) if len(values) == 1 else (values[0], values[1])
