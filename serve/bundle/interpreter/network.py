"""An ONNX graph as a Torch module."""

from typing import Any

from torch import Tensor, nn

from serve.bundle.interpreter.building import (
    Argument,
    FromBatch,
    FromNumbers,
    FromWeight,
    Program,
    build_program,
    first_line,
)
from serve.bundle.interpreter.errors import GraphError
from serve.bundle.interpreter.model import OnnxModel
from serve.bundle.interpreter.registry import to_tensor


class InterpretedNetwork(nn.Module):
    """Runs the graph of `model`: the graph's inputs, in their order, to its one output.

    Takes part in autograd; its weights are constants (`requires_grad` is off). A graph whose shape
    arithmetic keeps the batch axis free takes batches of any size. It can be copied, moved, traced
    and called from several threads. `free_batch` makes one for any batch of a graph that was
    written for a batch of one (see `build_program`).

    Raises:
        GraphError: while it is built, for what is not supported; in a call, for tensors that do
            not fit the graph. The message names the node.
    """

    def __init__(self, model: OnnxModel, *, free_batch: bool = False) -> None:
        super().__init__()
        self.program: Program = build_program(model, free_batch=free_batch)
        for name, weight in self.program.weights.items():
            if weight.is_floating_point():
                self.register_parameter(_attribute(name), nn.Parameter(weight, requires_grad=False))
            else:
                self.register_buffer(_attribute(name), weight)
        self.program.weights.clear()

    def forward(self, *inputs: Tensor) -> Tensor:
        program = self.program
        values: dict[str, Any] = dict(zip(program.inputs, inputs, strict=True))
        for step in program.steps:
            arguments = [self._value(argument, values, inputs[0]) for argument in step.arguments]
            try:
                results = step.function(*arguments)
            except GraphError:
                raise
            except (RuntimeError, ValueError, TypeError, IndexError) as error:
                raise GraphError(f"{step.label} cannot be run: {first_line(error)}.") from error
            if isinstance(results, tuple | list):
                values.update(zip(step.outputs, results, strict=False))
            else:
                values[step.outputs[0]] = results
            for name in step.finished:
                values.pop(name, None)
        return values[program.output]

    def _value(self, argument: Argument, values: dict[str, Any], first: Tensor) -> Any:
        """An argument of a step; `first` is an input of the graph, whose batch and device hold."""
        if isinstance(argument, FromNumbers):
            return argument.numbers
        if isinstance(argument, FromBatch):
            return first.shape[0]
        if isinstance(argument, FromWeight):
            return getattr(self, _attribute(argument.name))
        value = values[argument.name]
        return to_tensor(value, first.device) if argument.as_tensor else value


def _attribute(name: str) -> str:
    """Apart from a module's own attributes."""
    return f"weight_{name}"
