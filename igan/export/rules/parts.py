"""Cutting tensors apart, picking from them, repeating them."""

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor

import igan.export.zero_padding  # noqa: F401 - registers the operator
from igan.errors import ExportError

aten = torch.ops.aten
_TO_THE_END = 2**62


def split_with_sizes(source: Tensor, sizes: Sequence[int], dim: int = 0) -> list[Tensor]:
    ends = itertools.accumulate(sizes)
    return [
        aten.slice.Tensor(source, dim, end - size, end)
        for size, end in zip(sizes, ends, strict=True)
    ]


def slice_backward(
    grad_output: Tensor, input_sizes: Sequence[int], dim: int, start: int, end: int, step: int
) -> Tensor:
    """Zeros around the part that was cut out, and between its elements if it was cut in steps."""
    dim = dim % len(input_sizes)
    length = input_sizes[dim]
    if start == 0 and step == 1 and (end >= _TO_THE_END or end is length):
        return grad_output
    if isinstance(length, torch.SymInt):
        raise ExportError("aten.slice_backward cannot be exported for parts of a batch.")
    first, last, _ = slice(start, end).indices(length)
    if step > 1:
        grad_output = _spread(grad_output, dim, step)
        last = first + grad_output.shape[dim]
    return _pad_axis(grad_output, dim, first, length - last)


def select_backward(
    grad_output: Tensor, input_sizes: Sequence[int], dim: int, index: int
) -> Tensor:
    """Zeros before and after the one slice that was picked."""
    dim = dim % len(input_sizes)
    index = index % input_sizes[dim]
    return slice_backward(grad_output.unsqueeze(dim), input_sizes, dim, index, index + 1, 1)


def _spread(source: Tensor, dim: int, step: int) -> Tensor:
    """`step - 1` zeros between neighbours along an axis."""
    count = source.shape[dim]
    spread = _pad_axis(source.unsqueeze(dim + 1), dim + 1, 0, step - 1)
    shape = [*source.shape[:dim], count * step, *source.shape[dim + 1 :]]
    return aten.slice.Tensor(spread.reshape(shape), dim, 0, (count - 1) * step + 1)


def _pad_axis(source: Tensor, dim: int, before: int, after: int) -> Tensor:
    ends = [
        [width if axis == dim else 0 for axis in range(source.ndim)] for width in (before, after)
    ]
    return torch.ops.igan.zero_pad.default(source, *ends)


def index(source: Tensor, indices: Sequence[Tensor | None]) -> Tensor:
    """Picking along one axis by constant places; several axes at once are left as they are."""
    given = [axis for axis, places in enumerate(indices) if places is not None]
    places = indices[given[0]]
    if len(given) != 1 or places is None or places.ndim != 1 or places.dtype == torch.bool:
        return NotImplemented
    return aten.index_select.default(source, given[0], places)


def repeat(source: Tensor, repeats: Sequence[int]) -> Tensor:
    """Copies side by side along each axis."""
    result = source.reshape(*[1] * (len(repeats) - source.ndim), *source.shape)
    for axis, count in enumerate(repeats):
        if count != 1:
            result = torch.cat([result] * count, axis)
    return result


def roll(source: Tensor, shifts: Sequence[int], dims: Sequence[int] = ()) -> Tensor:
    """What leaves at one end comes back at the other."""
    for shift, axis in zip(shifts, dims, strict=True):
        length = source.shape[axis]
        first = -shift % length
        ends = [(first, length), (0, first)]
        source = torch.cat([aten.slice.Tensor(source, axis, *end) for end in ends], axis)
    return source


def index_add(
    source: Tensor, dim: int, places: Tensor, added: Tensor, *, alpha: float = 1
) -> Tensor:
    """What the gradient of picking along an axis is: every place adds up what was taken from it."""
    shape = [-1 if axis == dim % added.ndim else 1 for axis in range(added.ndim)]
    spread = places.reshape(shape).expand(added.shape)
    return source.scatter_add(dim, spread, added if alpha == 1 else added * alpha)
