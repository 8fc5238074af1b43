"""The table of operators, and a node as the operator's builder sees it.

A builder reads the node's attributes and returns a function of its inputs, so that nothing is
decided anew for each batch. What a builder does not read, the node may not have.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from serve.bundle.interpreter.errors import GraphError
from serve.bundle.interpreter.model import Attribute, GraphNode

# Whole numbers, factors and flags that only shapes are made of: an array of Python numbers, which
# may be symbolic while a network is traced.
Numbers = np.ndarray
Value = Tensor | Numbers | None
Function = Callable[..., Any]


@dataclass
class Node:
    """A node of a graph of `opset`; each reader of an attribute checks its kind.

    `constant_inputs` are the places of inputs that are known before the network runs.
    `frees_batch` says that the graph was written for a batch of one and is to take any: what it
    says of the first axis then holds for each latent.

    Every reader raises GraphError when the attribute is of another kind.
    """

    graph_node: GraphNode
    opset: int
    constant_inputs: frozenset[int]
    frees_batch: bool
    read: set[str] = field(default_factory=set)

    def refuse(self, reason: str) -> GraphError:
        """An error that names the node."""
        return GraphError(f"{self.graph_node.label} {reason}.")

    @property
    def op_type(self) -> str:
        return self.graph_node.op_type

    @property
    def output_count(self) -> int:
        return len(self.graph_node.outputs)

    def has_input(self, place: int) -> bool:
        inputs = self.graph_node.inputs
        return place < len(inputs) and inputs[place] != ""

    def has_output(self, place: int) -> bool:
        outputs = self.graph_node.outputs
        return place < len(outputs) and outputs[place] != ""

    def has(self, name: str) -> bool:
        return name in self.graph_node.attributes

    def integer(self, name: str, default: int) -> int:
        return self._get(name, default, int)

    def number(self, name: str, default: float) -> float:
        value = self._get(name, default, (int, float))
        return float(value)

    def text(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        """Raises GraphError for a text that is none of `choices`."""
        value = self._get(name, default, str)
        if value not in choices:
            raise self.refuse(f"has {name} {value!r}, but {', '.join(choices)} are supported")
        return value

    def integers(self, name: str) -> tuple[int, ...] | None:
        return self._get(name, None, tuple)

    def tensor(self, name: str) -> Tensor | None:
        return self._get(name, None, Tensor)

    def ignore(self, *names: str) -> None:
        """These attributes change nothing in what is computed."""
        self.read.update(names)

    def check_all_read(self) -> None:
        """Raises GraphError if there is an attribute that nothing has read."""
        for name in self.graph_node.attributes:
            if name not in self.read:
                raise self.refuse(f"has the attribute {name!r}, which is not supported")

    def _get(self, name: str, default: Any, kind: Any) -> Any:
        self.read.add(name)
        value: Attribute | None = self.graph_node.attributes.get(name)
        if value is None:
            return default
        if not isinstance(value, kind):
            raise self.refuse(f"has the attribute {name!r} of an unexpected kind")
        return value


@dataclass(frozen=True)
class Operator:
    """`build(node)` gives the function of the node's inputs.

    It takes `Numbers` in the places `shape_inputs` (shapes, axes, factors), in the places
    `known_inputs` too if they are known before the network runs, tensors in all others, and None
    for what the node omits. Of a graph whose batch is freed, it takes the batch size in the place
    `batch_input` behind them.
    """

    build: Callable[[Node], Function]
    shape_inputs: frozenset[int]
    known_inputs: frozenset[int]
    batch_input: int | None


OPERATORS: dict[str, Operator] = {}
# Of operators that shapes are computed with: a function of `Numbers` alone.
NUMBER_OPERATORS: dict[str, Callable[[Node], Function]] = {}

Builder = Callable[[Node], Function]


def operator(
    *op_types: str,
    shape_inputs: tuple[int, ...] = (),
    known_inputs: tuple[int, ...] = (),
    batch_input: int | None = None,
) -> Callable[[Builder], Builder]:
    """Register a builder for the operators of these names."""

    def register(build: Builder) -> Builder:
        entry = Operator(build, frozenset(shape_inputs), frozenset(known_inputs), batch_input)
        OPERATORS.update(dict.fromkeys(op_types, entry))
        return build

    return register


def number_operator(*op_types: str) -> Callable[[Builder], Builder]:
    """Register a builder for these operators where all their inputs are `Numbers`."""

    def register(build: Builder) -> Builder:
        for op_type in op_types:
            NUMBER_OPERATORS[op_type] = build
        return build

    return register


def numbers_of(values: Sequence[Any]) -> Numbers:
    """A list of Python numbers, symbolic ones too, as an array."""
    numbers = np.empty(len(values), dtype=object)
    numbers[:] = values
    return numbers


def to_numbers(tensor: Tensor) -> Numbers:
    """The values of a tensor as Python numbers."""
    numbers = np.empty(tuple(tensor.shape), dtype=object)
    numbers.reshape(-1)[:] = tensor.flatten().tolist()
    return numbers


def to_tensor(numbers: Numbers, device: torch.device | None = None) -> Tensor:
    """The tensor of numbers: bool, int64 or, if one of them is a fraction, float32."""
    flat = numbers.reshape(-1).tolist()
    if all(isinstance(value, bool) for value in flat):
        dtype = torch.bool if flat else torch.int64
    else:
        fractions = any(isinstance(value, float | torch.SymFloat) for value in flat)
        dtype = torch.float32 if fractions else torch.int64
    return torch.tensor(flat, dtype=dtype, device=device).reshape(numbers.shape)
