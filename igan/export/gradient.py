"""From the graph of a network to three: forward, forward that saves residuals, and backward."""

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, fx

from igan.errors import ExportError
from igan.export.rules import gradient_rules
from igan.export.simplification import simplify
from igan.export.tracing import (
    first_line,
    input_node,
    is_batch_size,
    is_symbolic,
    output_nodes,
    retrace,
)

aten = torch.ops.aten


@dataclass(frozen=True)
class GradientGraphs:
    """The graphs of one network; their constants of the same name are the same tensors.

    `forward`: input -> output. `forward_saving`: input -> output, then `saved`. `backward`:
    gradient of the output, then `residuals` -> gradient of the input. The residuals are `saved`
    and, where they are needed, the output and the input themselves.
    """

    forward: fx.GraphModule
    forward_saving: fx.GraphModule
    backward: fx.GraphModule
    saved: tuple[str, ...]
    residuals: tuple[str, ...]


def lower_forward(graph: fx.GraphModule, input_name: str, output_name: str) -> fx.GraphModule:
    """`graph` in the operators that translate to ONNX."""
    lowered = _lowered(graph, lambda run, batch: run(batch), [input_node(graph).meta["val"]])
    simplify(lowered)
    (output,) = output_nodes(lowered)
    return extract(lowered, {input_node(lowered): input_name}, {output: output_name})


def trace_gradient(graph: fx.GraphModule, input_name: str, output_name: str) -> GradientGraphs:
    """Trace the vector-Jacobian product of `graph` and cut it in two.

    The cut runs through what the backward half takes from the forward half; weights and batch
    sizes are in both and never cross it.

    Raises:
        ExportError: an operator has no derivative, or a residual has no batch axis in front.
    """

    def output_and_gradient(
        run: Callable[[Tensor], Tensor], batch: Tensor, grad_output: Tensor
    ) -> tuple[Tensor, Tensor]:
        batch = batch.detach().requires_grad_()
        output = run(batch)
        (grad_input,) = torch.autograd.grad(output, batch, grad_output)
        return output, grad_input

    (result,) = output_nodes(graph)
    joint = _lowered(
        graph, output_and_gradient, [input_node(graph).meta["val"], result.meta["val"].clone()]
    )
    simplify(joint)
    return _split(joint, input_name, output_name)


def _lowered(
    graph: fx.GraphModule, function: Callable[..., Any], inputs: Sequence[Tensor]
) -> fx.GraphModule:
    try:
        return retrace(function, graph, inputs, gradient_rules())
    except ExportError as error:
        raise ExportError(first_line(error)) from error
    except Exception as error:  # Autograd and its rules raise many classes.
        raise ExportError(f"its gradient cannot be traced: {first_line(error)}") from error


def _split(joint: fx.GraphModule, input_name: str, output_name: str) -> GradientGraphs:
    batch, grad_output = joint.graph.find_nodes(op="placeholder")
    output, grad_input = output_nodes(joint)
    crossing = _crossing(joint, output, grad_input)
    names = {node: node.name for node in crossing} | {batch: input_name, output: output_name}
    saved = [node for node in crossing if node not in (batch, output)]
    grad_names = {grad_output: f"grad_{output_name}"}
    grad_result = {grad_input: f"grad_{input_name}"}
    return GradientGraphs(
        forward=extract(joint, {batch: input_name}, {output: output_name}),
        forward_saving=extract(
            joint,
            {batch: input_name},
            {output: output_name} | {node: names[node] for node in saved},
        ),
        backward=extract(joint, grad_names | {node: names[node] for node in crossing}, grad_result),
        saved=tuple(names[node] for node in saved),
        residuals=tuple(names[node] for node in crossing),
    )


def _crossing(joint: fx.GraphModule, output: fx.Node, grad_input: fx.Node) -> list[fx.Node]:
    """What the backward half takes from the forward half.

    A value that does not have the batch in front, as attention makes them, cannot be a residual:
    the backward half computes it again from what can be.
    """
    before = _with_items(_ancestors([output], stop=()))
    again: set[fx.Node] = set()
    while True:
        after = _ancestors([grad_input], stop=before - again)
        crossing = [
            node
            for node in joint.graph.nodes
            if node in before
            and node not in again
            and node.op != "get_attr"
            and not is_symbolic(node)
            and any(user in after and not is_batch_size(user) for user in node.users)
        ]
        unfit = {node for node in crossing if node.op != "placeholder" and not _is_batched(node)}
        if not unfit:
            return crossing
        again |= unfit


def _is_batched(node: fx.Node) -> bool:
    """Whether the first axis is the batch, and no other depends on it."""
    length, *rest = node.meta["val"].shape or (None,)
    is_batch = isinstance(length, torch.SymInt) and length.node.expr.is_Symbol
    return is_batch and all(isinstance(size, int) for size in rest)


def extract(
    graph: fx.GraphModule, inputs: dict[fx.Node, str], outputs: dict[fx.Node, str]
) -> fx.GraphModule:
    """The part of `graph` that leads from some of its nodes to others, under new names.

    The batch size is that of the first input.
    """
    part = fx.Graph()
    copies: dict[fx.Node, fx.Node] = {}
    for node, name in inputs.items():
        copies[node] = part.placeholder(name)
        copies[node].meta["val"] = node.meta["val"]
    first = next(iter(copies.values()))
    needed = _ancestors(outputs, stop=inputs)
    for node in graph.graph.nodes:
        if node not in needed or node in copies:
            continue
        if is_batch_size(node):
            copies[node] = part.call_function(node.target, (first, 0))
            copies[node].meta["val"] = node.meta["val"]
        else:
            copies[node] = part.node_copy(node, lambda source: copies[source])
    for node, name in outputs.items():
        if node in inputs:
            copies[node] = part.call_function(aten.alias.default, (copies[node],))
            copies[node].meta["val"] = node.meta["val"]
        copies[node].name = name
    part.output(tuple(copies[node] for node in outputs))
    constants = {
        str(node.target): graph.get_buffer(str(node.target))
        for node in part.find_nodes(op="get_attr")
    }
    return fx.GraphModule(constants, part)


def _with_items(nodes: set[fx.Node]) -> set[fx.Node]:
    """The nodes and, of operators with several results, each result."""
    items = {user for node in nodes for user in node.users if user.target is operator.getitem}
    return nodes | items


def _ancestors(nodes: Iterable[fx.Node], stop: Iterable[fx.Node]) -> set[fx.Node]:
    """The nodes and all they depend on, without those in `stop`.

    A batch size depends on nothing: every tensor of the graph has the same.
    """
    stopped, found, waiting = set(stop), set(), list(nodes)
    while waiting:
        node = waiting.pop()
        if node not in stopped and node not in found:
            found.add(node)
            if not is_batch_size(node):
                waiting.extend(node.all_input_nodes)
    return found
