"""Arithmetic on shapes: the operators that exporters compute lengths with, on plain numbers.

The numbers may be symbolic while a network is traced, so that a free batch size stays free.
"""

import functools
import math
import operator as python
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from serve.bundle.interpreter.registry import Function, Node, Numbers, number_operator
from serve.bundle.interpreter.tensor_data import torch_dtype

_UNARY: dict[str, Callable[[Any], Any]] = {
    "Abs": abs,
    "Ceil": lambda value: float(math.ceil(value)),
    "Floor": lambda value: float(math.floor(value)),
    "Identity": lambda value: value,
    "Neg": python.neg,
    "Not": python.not_,
    "Sqrt": math.sqrt,
}


def _divide(left: Any, right: Any) -> Any:
    whole = not isinstance(left, float | torch.SymFloat)
    if not whole:
        return left / right
    # Lengths are positive; what ONNX truncates, Python rounds down.
    return left // right if not isinstance(left, int) or left * right >= 0 else -(-left // right)


_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "Add": python.add,
    "And": lambda left, right: bool(left and right),
    "Div": _divide,
    "Equal": lambda left, right: bool(left == right),
    "Greater": lambda left, right: bool(left > right),
    "GreaterOrEqual": lambda left, right: bool(left >= right),
    "Less": lambda left, right: bool(left < right),
    "LessOrEqual": lambda left, right: bool(left <= right),
    "Max": max,
    "Min": min,
    "Mod": python.mod,
    "Mul": python.mul,
    "Or": lambda left, right: bool(left or right),
    "Pow": python.pow,
    "Sub": python.sub,
}


@number_operator(*_UNARY)
def unary(node: Node) -> Function:
    return _value_by_value(_UNARY[node.op_type], 1)


@number_operator(*_BINARY)
def binary(node: Node) -> Function:
    node.ignore("fmod")
    combine = _value_by_value(_BINARY[node.op_type], 2)
    return lambda *parts: functools.reduce(combine, parts)


@number_operator("Where")
def where(node: Node) -> Function:
    return _value_by_value(lambda condition, chosen, other: chosen if condition else other, 3)


@number_operator("Cast")
def cast(node: Node) -> Function:
    node.ignore("saturate", "round_mode")
    dtype = torch_dtype(node.integer("to", 0))

    def convert(value: Any) -> Any:
        if dtype is torch.bool:
            return bool(value)
        symbolic = isinstance(value, torch.SymInt | torch.SymFloat)
        if dtype.is_floating_point:
            return value * 1.0 if symbolic else float(value)
        return value if isinstance(value, torch.SymInt) else int(value)

    return _value_by_value(convert, 1)


def _value_by_value(function: Callable[..., Any], inputs: int) -> Function:
    """`function` over whole arrays; fractions are rounded to float32, as a runtime keeps them."""

    def rounded(*values: Any) -> Any:
        result = function(*values)
        return float(np.float32(result)) if isinstance(result, float) else result

    vectorised = np.frompyfunc(rounded, inputs, 1)
    return lambda *arrays: np.asarray(vectorised(*arrays), dtype=object)


@number_operator("Shape")
def shape(node: Node) -> Function:
    start, end = node.integer("start", 0), node.integer("end", 2**31)
    return lambda source: np.array(list(source.shape)[start:end], dtype=object)


@number_operator("ConstantOfShape")
def filled(node: Node) -> Function:
    stored = node.tensor("value")
    value = 0.0 if stored is None else stored.flatten()[0].item()
    return lambda lengths: np.full([int(length) for length in lengths], value, dtype=object)


@number_operator("Gather")
def gather(node: Node) -> Function:
    axis = node.integer("axis", 0)
    return lambda source, places: np.asarray(
        np.take(source, places.astype(np.int64), axis), dtype=object
    )


@number_operator("Slice")
def cut(node: Node) -> Function:
    def run(
        source: Numbers,
        starts: Numbers,
        ends: Numbers,
        axes: Numbers | None = None,
        steps: Numbers | None = None,
    ) -> Numbers:
        index = [slice(None)] * source.ndim
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            step = 1 if steps is None else steps[place]
            last = None if step < 0 and end < -source.shape[0] else end
            index[place if axes is None else axes[place]] = slice(start, last, step)
        return source[tuple(index)]

    return run


@number_operator("Concat")
def concatenate(node: Node) -> Function:
    axis = node.integer("axis", 0)
    return lambda *parts: np.concatenate(parts, axis)


@number_operator("Split")
def split(node: Node) -> Function:
    axis, fixed = node.integer("axis", 0), node.integers("split")
    count = node.integer("num_outputs", node.output_count)

    def run(source: Numbers, lengths: Numbers | None = None) -> tuple[Numbers, ...]:
        chosen = fixed if lengths is None else lengths.tolist()
        if chosen is None:
            return tuple(np.array_split(source, count, axis))
        return tuple(np.split(source, np.cumsum(list(chosen))[:-1].tolist(), axis))

    return run


@number_operator("Squeeze")
def squeeze(node: Node) -> Function:
    fixed = node.integers("axes")

    def run(source: Numbers, axes: Numbers | None = None) -> Numbers:
        chosen = fixed if axes is None else tuple(axes.tolist())
        return np.asarray(np.squeeze(source, chosen), dtype=object)

    return run


@number_operator("Unsqueeze")
def unsqueeze(node: Node) -> Function:
    fixed = node.integers("axes")

    def run(source: Numbers, axes: Numbers | None = None) -> Numbers:
        return np.expand_dims(source, tuple(fixed or ()) if axes is None else tuple(axes.tolist()))

    return run


@number_operator("Reshape")
def reshape(node: Node) -> Function:
    node.ignore("allowzero")
    return lambda source, lengths: source.reshape([int(length) for length in lengths])


_REDUCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "ReduceMax": max,
    "ReduceMin": min,
    "ReduceProd": math.prod,
    "ReduceSum": sum,
}


@number_operator(*_REDUCTIONS)
def reduce(node: Node) -> Function:
    combine = _REDUCTIONS[node.op_type]
    keep = node.integer("keepdims", 1)
    node.ignore("axes", "noop_with_empty_axes")

    def run(source: Numbers, axes: Numbers | None = None) -> Numbers:
        if source.ndim > 1:
            raise node.refuse("reduces a table of lengths, which is not supported")
        result = np.empty((1,) if keep else (), dtype=object)
        result[...] = combine(source.tolist())
        return result

    return run


@number_operator("Range")
def count_up(node: Node) -> Function:
    def run(start: Numbers, limit: Numbers, step: Numbers) -> Numbers:
        counted = range(int(start.item()), int(limit.item()), int(step.item()))
        return np.array(list(counted), dtype=object)

    return run
