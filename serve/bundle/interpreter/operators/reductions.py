"""Sums, means and the like over axes, which opsets give as an attribute or as an input."""

from collections.abc import Callable

import torch
from torch import Tensor

from serve.bundle.interpreter.registry import Function, Node, Numbers, operator

_REDUCTIONS: dict[str, Callable[[Tensor, list[int], bool], Tensor]] = {
    "ReduceL1": lambda source, axes, keep: source.abs().sum(axes, keep),
    "ReduceL2": lambda source, axes, keep: torch.sqrt((source * source).sum(axes, keep)),
    "ReduceLogSum": lambda source, axes, keep: torch.log(source.sum(axes, keep)),
    "ReduceLogSumExp": lambda source, axes, keep: torch.logsumexp(source, axes, keep),
    "ReduceMax": lambda source, axes, keep: source.amax(axes, keep),
    "ReduceMean": lambda source, axes, keep: source.mean(axes, keep),
    "ReduceMin": lambda source, axes, keep: source.amin(axes, keep),
    "ReduceSum": lambda source, axes, keep: source.sum(axes, keep),
    "ReduceSumSquare": lambda source, axes, keep: (source * source).sum(axes, keep),
}


@operator(*_REDUCTIONS, shape_inputs=(1,))
def reduction(node: Node) -> Function:
    reduce, keep = _REDUCTIONS[node.op_type], bool(node.integer("keepdims", 1))
    fixed, none_is_none = node.integers("axes"), node.integer("noop_with_empty_axes", 0)

    def run(source: Tensor, axes: Numbers | None = None) -> Tensor:
        chosen = list(fixed or []) if axes is None else axes.tolist()
        if not chosen:
            if none_is_none:
                return source
            chosen = list(range(source.ndim))
        return reduce(source, chosen, keep)

    return run


@operator("ReduceProd", shape_inputs=(1,))
def product(node: Node) -> Function:
    keep, fixed = bool(node.integer("keepdims", 1)), node.integers("axes")
    node.ignore("noop_with_empty_axes")

    def run(source: Tensor, axes: Numbers | None = None) -> Tensor:
        chosen = list(fixed or []) if axes is None else axes.tolist()
        places = {axis % source.ndim for axis in chosen} or set(range(source.ndim))
        for axis in sorted(places, reverse=True):
            source = source.prod(axis, keepdim=keep)
        return source

    return run


@operator("ArgMax", "ArgMin")
def place_of_extreme(node: Node) -> Function:
    axis, keep = node.integer("axis", 0), bool(node.integer("keepdims", 1))
    if node.integer("select_last_index", 0):
        raise node.refuse("asks for the last of equal values, which is not supported")
    find = torch.argmax if node.op_type == "ArgMax" else torch.argmin
    return lambda source: find(source, axis, keep)


@operator("CumSum", shape_inputs=(1,))
def running_sum(node: Node) -> Function:
    if node.integer("exclusive", 0) or node.integer("reverse", 0):
        raise node.refuse("sums backwards or without the value itself, which is not supported")
    return lambda source, axis: torch.cumsum(source, int(axis.item()))
