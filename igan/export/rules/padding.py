"""Borders around images: constant, circular, reflected, replicated."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from igan.export.rules.separable import apply_separably, unit_responses

aten = torch.ops.aten


def pad(
    source: Tensor, pads: Sequence[int], mode: str = "constant", value: float | None = None
) -> Tensor:
    """Each mode by its own operator; `pads` begin with the last axis, as in Torch."""
    if mode == "constant":
        return constant_pad_nd(source, pads, value or 0.0)
    if mode == "circular":
        for place in range(len(pads) // 2):
            source = _wrap(source, -1 - place, *pads[2 * place : 2 * place + 2])
        return source
    name = "reflection" if mode == "reflect" else "replication"
    return getattr(aten, f"{name}_pad{len(pads) // 2}d").default(source, pads)


def constant_pad_nd(source: Tensor, pads: Sequence[int], value: float = 0.0) -> Tensor:
    """Zeros around a part are what the gradient of cutting it out is; a value is added before."""
    result = source - value if value else source
    for place in range(len(pads) // 2):
        axis = source.ndim - 1 - place
        before, after = pads[2 * place : 2 * place + 2]
        length = result.shape[axis]
        if before < 0 or after < 0:
            result = aten.slice.Tensor(result, axis, max(-before, 0), length + min(after, 0))
            before, after, length = max(before, 0), max(after, 0), result.shape[axis]
        if before or after:
            sizes = list(result.shape)
            sizes[axis] = before + length + after
            result = aten.slice_backward.default(result, sizes, axis, before, before + length, 1)
    return result + value if value else result


def _wrap(source: Tensor, axis: int, before: int, after: int) -> Tensor:
    length = source.shape[axis]
    parts = [source]
    if before:
        parts.insert(0, aten.slice.Tensor(source, axis, length - before, length))
    if after:
        parts.append(aten.slice.Tensor(source, axis, 0, after))
    return torch.cat(parts, axis)


def _border_backward(
    operator: Callable[[Tensor, Sequence[int]], Tensor],
    grad_output: Tensor,
    source: Tensor,
    pads: Sequence[int],
) -> Tensor:
    left, right, top, bottom = pads
    height, width = source.shape[2:]
    rows = unit_responses(lambda units: operator(units, [0, 0, top, bottom]), height, grad_output)
    columns = unit_responses(lambda units: operator(units, [0, 0, left, right]), width, grad_output)
    return apply_separably(grad_output, rows.t(), columns.t())


def reflection_pad2d_backward(grad_output: Tensor, source: Tensor, pads: Sequence[int]) -> Tensor:
    return _border_backward(aten.reflection_pad2d.default, grad_output, source, pads)


def replication_pad2d_backward(grad_output: Tensor, source: Tensor, pads: Sequence[int]) -> Tensor:
    return _border_backward(aten.replication_pad2d.default, grad_output, source, pads)
