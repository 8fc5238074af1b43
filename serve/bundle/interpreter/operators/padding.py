"""Padding by a constant, by the edge, or by a mirrored or repeated image."""

import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.operators.convolution import pad_ends
from serve.bundle.interpreter.operators.shapes import cut_axis
from serve.bundle.interpreter.registry import Function, Node, Numbers, operator

MODES = ("constant", "reflect", "edge", "wrap")
_TORCH_MODES = {"reflect": "reflect", "edge": "replicate", "wrap": "circular"}


@operator("Pad", shape_inputs=(1, 2, 3))
def pad(node: Node) -> Function:
    mode = node.text("mode", "constant", MODES)

    def run(
        source: Tensor,
        pads: Numbers,
        value: Numbers | None = None,
        axes: Numbers | None = None,
    ) -> Tensor:
        padded = list(range(source.ndim)) if axes is None else axes.tolist()
        before, after = [0] * source.ndim, [0] * source.ndim
        for place, axis in enumerate(padded):
            before[axis] = pads[place]
            after[axis] = pads[place + len(padded)]
        if mode == "constant":
            return pad_ends(source, before, after, 0.0 if value is None else value.item())
        if source.ndim == 4 and not any((*before[:2], *after[:2])):
            ends = (before[3], after[3], before[2], after[2])
            if min(ends) >= 0:
                return functional.pad(source, ends, mode=_TORCH_MODES[mode])
        for axis in range(source.ndim):
            source = _pad_axis(source, axis, before[axis], after[axis], mode)
        return source

    return run


def _pad_axis(source: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    source = cut_axis(source, axis, max(0, -before), source.shape[axis] - max(0, -after), 1)
    length = source.shape[axis]
    parts = [source]
    if before > 0:
        parts.insert(0, _continuation(source, axis, before, mode, length, in_front=True))
    if after > 0:
        parts.append(_continuation(source, axis, after, mode, length, in_front=False))
    return torch.cat(parts, axis) if len(parts) > 1 else source


def _continuation(
    source: Tensor, axis: int, count: int, mode: str, length: int, in_front: bool
) -> Tensor:
    """`count` values that continue `source` along an axis."""
    if mode == "edge":
        edge = source.narrow(axis, 0 if in_front else length - 1, 1)
        return torch.cat([edge] * count, axis)
    if mode == "wrap":
        return source.narrow(axis, length - count if in_front else 0, count)
    start = 1 if in_front else length - 1 - count
    return source.narrow(axis, start, count).flip(axis)
