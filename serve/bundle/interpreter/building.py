"""From a model to the steps that run it: attributes read, constants folded, weights named."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

# Importing the operators fills the registry.
from serve.bundle.interpreter import operators  # noqa: F401
from serve.bundle.interpreter.errors import GraphError
from serve.bundle.interpreter.model import GraphNode, OnnxModel
from serve.bundle.interpreter.registry import (
    NUMBER_OPERATORS,
    OPERATORS,
    Function,
    Node,
    Numbers,
    to_numbers,
    to_tensor,
)

OLDEST_OPSET, NEWEST_OPSET = 11, 23
MOST_NUMBERS = 4096
LARGEST_CONSTANT_BYTES = 2**30
# What these give is about shapes, whatever they take.
_SHAPE_QUESTIONS = ("Shape", "Size")


@dataclass(frozen=True)
class FromValue:
    """An argument that an earlier step, or the caller, gives; `as_tensor` if it gives numbers."""

    name: str
    as_tensor: bool = False


@dataclass(frozen=True)
class FromWeight:
    """An argument that is a constant tensor of the network."""

    name: str


@dataclass(frozen=True)
class FromNumbers:
    """An argument that is known: numbers, or None for one that the node omits."""

    numbers: Numbers | None


@dataclass(frozen=True)
class FromBatch:
    """The batch size, of a graph that was written for a batch of one."""


Argument = FromValue | FromWeight | FromNumbers | FromBatch


@dataclass(frozen=True)
class Step:
    """One call: a function of its arguments; `finished` are values that nothing needs after it."""

    label: str
    function: Function
    arguments: tuple[Argument, ...]
    outputs: tuple[str, ...]
    finished: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """The steps of a network in order, and the constants that they refer to by name."""

    inputs: tuple[str, ...]
    output: str
    steps: tuple[Step, ...]
    weights: dict[str, Tensor]


def build_program(model: OnnxModel, *, free_batch: bool = False) -> Program:
    """Turn every node of `model` into a step, or into a constant where all it takes is constant.

    With `free_batch` a graph for a batch of one becomes a program for any batch: lengths that it
    states for the first axis count for each latent, and so do weights that it computes. Whether
    that is what the graph means must be checked by running it.

    Raises:
        GraphError: an operator, an attribute or a domain that is not known (named with its node),
            an opset that is not supported, or nodes that do not fit together.
    """
    if not OLDEST_OPSET <= model.opset <= NEWEST_OPSET:
        raise GraphError(
            f"the graph is of opset {model.opset}, but {OLDEST_OPSET} to {NEWEST_OPSET} are "
            "supported; convert it with onnx.version_converter."
        )
    if len(model.outputs) != 1:
        names = ", ".join(output.name for output in model.outputs)
        raise GraphError(f"the graph has {len(model.outputs)} outputs ({names}), not one.")
    return _Builder(model, free_batch).build()


class _Builder:
    def __init__(self, model: OnnxModel, free_batch: bool) -> None:
        self._model, self._free_batch = model, free_batch
        self._constants: dict[str, Tensor] = dict(model.initializers)
        self._values = {tensor.name for tensor in model.inputs}
        self._numbers: set[str] = set()
        # Numbers that say how many numbers there are.
        self._counts: set[str] = set()
        self._weights: dict[str, Tensor] = {}
        self._weight_names: dict[str, str] = {}

    def build(self) -> Program:
        output = self._model.outputs[0].name
        steps = [step for node in self._needed_nodes(output) if (step := self._step(node))]
        if output not in self._values or output in self._numbers:
            raise GraphError(f"the output {output!r} does not depend on the inputs.")
        return Program(
            inputs=tuple(tensor.name for tensor in self._model.inputs),
            output=output,
            steps=_with_finished(steps, output),
            weights=self._weights,
        )

    def _needed_nodes(self, output: str) -> list[GraphNode]:
        """The nodes that the output depends on, in the order of the graph."""
        needed, kept = {output}, []
        for node in reversed(self._model.nodes):
            if needed.intersection(node.outputs):
                needed.update(node.inputs)
                kept.append(node)
        return kept[::-1]

    def _step(self, graph_node: GraphNode) -> Step | None:
        """The step of a node, or None for one that was folded into a constant."""
        if graph_node.domain:
            raise GraphError(
                f"{graph_node.label} is an operator of the domain {graph_node.domain!r}, which is "
                "not supported."
            )
        if graph_node.op_type not in OPERATORS:
            raise GraphError(
                f"{graph_node.label}: the operator {graph_node.op_type} is not supported."
            )
        given = [name for name in graph_node.inputs if name]
        for name in given:
            if name not in self._constants and name not in self._values:
                raise GraphError(f"{graph_node.label} takes {name!r}, which nothing gives.")
        node = Node(
            graph_node,
            self._model.opset,
            frozenset(n for n, name in enumerate(graph_node.inputs) if name in self._constants),
            self._free_batch,
        )
        if all(name in self._constants for name in given):
            self._fold(node)
            return None
        of_numbers = self._is_of_numbers(graph_node, given)
        if of_numbers:
            function = NUMBER_OPERATORS[graph_node.op_type](node)
            arguments = tuple(self._as_numbers(node, name) for name in graph_node.inputs)
        else:
            function = OPERATORS[graph_node.op_type].build(node)
            arguments = self._arguments(node)
        node.check_all_read()
        self._values.update(filter(None, graph_node.outputs))
        if of_numbers or graph_node.op_type in _SHAPE_QUESTIONS:
            self._numbers.update(filter(None, graph_node.outputs))
        if of_numbers and graph_node.op_type == "Shape":
            self._counts.update(graph_node.outputs)
        return Step(graph_node.label, function, arguments, graph_node.outputs)

    def _is_of_numbers(self, node: GraphNode, given: Sequence[str]) -> bool:
        """Whether a node computes lengths; what is filled to a length that varies is a tensor."""
        if node.op_type == "ConstantOfShape":
            return given[0] in self._counts
        return node.op_type in NUMBER_OPERATORS and all(
            name in self._numbers or name in self._constants for name in given
        )

    def _arguments(self, node: Node) -> tuple[Argument, ...]:
        wants = OPERATORS[node.op_type]
        arguments: list[Argument] = []
        for place, name in enumerate(node.graph_node.inputs):
            is_known = name in self._constants and self._constants[name].numel() <= MOST_NUMBERS
            if (
                not name
                or place in wants.shape_inputs
                or (place in wants.known_inputs and (is_known or name in self._numbers))
            ):
                arguments.append(self._as_numbers(node, name))
            elif name in self._constants:
                arguments.append(FromWeight(self._weight(name)))
            else:
                arguments.append(FromValue(name, as_tensor=name in self._numbers))
        if self._free_batch and wants.batch_input is not None:
            omitted = wants.batch_input - len(arguments)
            arguments += [FromNumbers(None)] * omitted + [FromBatch()]
        return tuple(arguments)

    def _as_numbers(self, node: Node, name: str) -> Argument:
        if not name:
            return FromNumbers(None)
        if name in self._constants:
            constant = self._constants[name]
            if constant.numel() > MOST_NUMBERS:
                raise node.refuse(f"takes a shape of {constant.numel()} numbers from {name!r}")
            return FromNumbers(to_numbers(constant))
        if name not in self._numbers:
            raise node.refuse(
                f"takes a shape, axes or factors from {name!r}, which depend on the latents"
            )
        return FromValue(name)

    def _weight(self, name: str) -> str:
        """The name under which the network keeps a constant."""
        if name not in self._weight_names:
            plain = re.sub(r"\W+", "_", name).strip("_") or "constant"
            free, number = plain, 1
            while free in self._weights:
                free, number = f"{plain}_{number}", number + 1
            self._weight_names[name] = free
            self._weights[free] = self._constants[name]
        return self._weight_names[name]

    def _fold(self, node: Node) -> None:
        """Compute a node of constants now; its size is found out before it is allocated."""
        operator = OPERATORS[node.op_type]
        function = operator.build(node)
        node.check_all_read()
        arguments: list[Any] = []
        for place, name in enumerate(node.graph_node.inputs):
            if not name:
                arguments.append(None)
            elif place in operator.shape_inputs | operator.known_inputs:
                arguments.append(to_numbers(self._constants[name]))
            else:
                arguments.append(self._constants[name])
        try:
            if node.graph_node.inputs:
                self._check_size(node, function, arguments)
            results = function(*arguments)
        except (RuntimeError, ValueError, TypeError, IndexError) as error:
            raise node.refuse(f"cannot be computed: {first_line(error)}") from None
        results = results if isinstance(results, tuple | list) else (results,)
        for name, result in zip(node.graph_node.outputs, results, strict=False):
            tensor = result if isinstance(result, Tensor) else to_tensor(result)
            self._constants[name] = tensor.contiguous()

    def _check_size(self, node: Node, function: Function, arguments: Sequence[Any]) -> None:
        on_meta = [a.to("meta") if isinstance(a, Tensor) else a for a in arguments]
        with torch.device("meta"):
            try:
                results = function(*on_meta)
            except NotImplementedError:  # Of operators whose result's size is that of a value.
                return
        for result in results if isinstance(results, tuple | list) else (results,):
            if isinstance(result, Tensor) and result.nbytes > LARGEST_CONSTANT_BYTES:
                raise node.refuse(f"makes a constant of {result.nbytes / 2**30:.1f} GiB")


def _with_finished(steps: Sequence[Step], output: str) -> tuple[Step, ...]:
    """Tell each step which values it is the last to need."""
    seen, marked = {output}, []
    for step in reversed(steps):
        needed = [a.name for a in step.arguments if isinstance(a, FromValue)]
        last = dict.fromkeys(name for name in (*needed, *step.outputs) if name not in seen)
        seen.update(needed, step.outputs)
        finished = tuple(last)
        marked.append(Step(step.label, step.function, step.arguments, step.outputs, finished))
    return tuple(reversed(marked))


def first_line(error: Exception) -> str:
    """What an exception of Torch says before it goes into detail."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
