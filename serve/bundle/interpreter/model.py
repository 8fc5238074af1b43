"""An ONNX model as plain data: nodes, weights, inputs and outputs."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

# A length that is not known: the batch, as a rule. Named or None.
Length = int | str | None
Attribute = int | float | str | Tensor | tuple[int, ...] | tuple[float, ...] | tuple[str, ...]


@dataclass(frozen=True)
class GraphNode:
    """One operator: the names of what it takes ("" for an omitted input) and makes."""

    op_type: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]

    @property
    def label(self) -> str:
        """How messages call the node."""
        name = self.name or (self.outputs[0] if self.outputs else "")
        kind = f"{self.domain}.{self.op_type}" if self.domain else self.op_type
        return f"node {name!r} ({kind})"


@dataclass(frozen=True)
class GraphTensor:
    """An input or output of a graph; `dtype` is ONNX's name, `shape` None when not declared."""

    name: str
    dtype: str
    shape: tuple[Length, ...] | None


@dataclass(frozen=True)
class OnnxModel:
    """A graph without subgraphs. `inputs` are those that a caller gives: no initializers."""

    producer: str
    opset: int
    nodes: tuple[GraphNode, ...]
    initializers: Mapping[str, Tensor]
    inputs: tuple[GraphTensor, ...]
    outputs: tuple[GraphTensor, ...]
