"""Which values a generator's images may take: told by its last operators, or by its images."""

from collections.abc import Mapping

import torch
from torch import Tensor

from serve.bundle.interpreter.model import GraphNode, OnnxModel

Interval = tuple[float, float]
SIGNED, UNIT, BYTES = (-1.0, 1.0), (0.0, 1.0), (0.0, 255.0)
KNOWN_RANGES = (SIGNED, UNIT, BYTES)

_ENDS_IN: Mapping[str, Interval] = {
    "Tanh": SIGNED,
    "Sigmoid": UNIT,
    "HardSigmoid": UNIT,
    "Softsign": SIGNED,
    "Erf": SIGNED,
}
_KEEPS_VALUES = (
    "Transpose",
    "Reshape",
    "Identity",
    "Cast",
    "Squeeze",
    "Unsqueeze",
    "DepthToSpace",
    "Slice",
    "Flatten",
)
_DEEPEST = 16


def range_of_graph(model: OnnxModel) -> Interval | None:
    """The interval that the last operators confine the output to; None if it is no usual one."""
    makers = {name: node for node in model.nodes for name in node.outputs}
    interval = _interval(model, makers, model.outputs[0].name, 0)
    for known in KNOWN_RANGES:
        if interval is not None and all(
            abs(found - end) < 1e-3 * (known[1] - known[0])
            for found, end in zip(interval, known, strict=True)
        ):
            return known
    return None


def range_of_images(images: Tensor) -> Interval:
    """The usual range that drawn images fit best; a guess."""
    low, high = float(images.min()), float(images.max())
    if high > 4:
        return BYTES
    return SIGNED if low < -0.05 else UNIT


def _interval(
    model: OnnxModel, makers: Mapping[str, GraphNode], name: str, depth: int
) -> Interval | None:
    node = makers.get(name)
    if node is None or depth > _DEEPEST:
        return None
    if node.op_type in _ENDS_IN:
        return _ENDS_IN[node.op_type]
    if node.op_type == "Clip":
        ends = [_scalar(model, makers, end) for end in node.inputs[1:3]]
        return (ends[0], ends[1]) if len(ends) == 2 and None not in ends else None  # type: ignore
    if node.op_type in _KEEPS_VALUES:
        return _interval(model, makers, node.inputs[0], depth + 1)
    if node.op_type in ("Add", "Sub", "Mul", "Div"):
        return _shifted_or_scaled(model, makers, node, depth)
    return None


def _shifted_or_scaled(
    model: OnnxModel, makers: Mapping[str, GraphNode], node: GraphNode, depth: int
) -> Interval | None:
    left, right = node.inputs
    number = _scalar(model, makers, right)
    if number is None and node.op_type in ("Add", "Mul"):
        left, number = right, _scalar(model, makers, left)
    inner = _interval(model, makers, left, depth + 1)
    if number is None or inner is None:
        return None
    compute = {
        "Add": lambda value: value + number,
        "Sub": lambda value: value - number,
        "Mul": lambda value: value * number,
        "Div": lambda value: value / number if number else float("inf"),
    }[node.op_type]
    ends = sorted(map(compute, inner))
    return ends[0], ends[1]


def _scalar(model: OnnxModel, makers: Mapping[str, GraphNode], name: str) -> float | None:
    value = model.initializers.get(name)
    if value is None and name in makers and makers[name].op_type == "Constant":
        attribute = next(iter(makers[name].attributes.values()), None)
        value = attribute if isinstance(attribute, Tensor) else None
        if isinstance(attribute, float | int):
            value = torch.tensor(float(attribute))
    return float(value.flatten()[0]) if value is not None and value.numel() == 1 else None
