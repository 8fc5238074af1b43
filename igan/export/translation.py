"""A graph of ATen operators as nodes of ONNX, one operator at a time.

Values keep the names of the graph's nodes. Shapes are static but for the batch axis, which
`Reshape` infers. What each operator becomes is said in `igan.export.operators`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import onnx
import torch
from onnx import helper
from torch import Tensor, fx

from igan.errors import ExportError
from igan.export.tracing import is_symbolic, output_nodes

BATCH = "batch"
ONNX_DTYPES = {
    torch.float32: onnx.TensorProto.FLOAT,
    torch.float16: onnx.TensorProto.FLOAT16,
    torch.int64: onnx.TensorProto.INT64,
    torch.bool: onnx.TensorProto.BOOL,
}


@dataclass
class Translation:
    """The nodes of an ONNX graph in order, and its constants by name."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, Tensor] = field(default_factory=dict)

    def add(
        self, op_type: str, inputs: Sequence[str], outputs: str | Sequence[str], **attributes: Any
    ) -> str:
        """Append a node and return the name of its first output."""
        names = [outputs] if isinstance(outputs, str) else list(outputs)
        self.nodes.append(helper.make_node(op_type, inputs, names, names[0], **attributes))
        return names[0]

    def integers(self, values: Sequence[int]) -> str:
        """The name of a constant `int64 (len(values),)`."""
        name = "int64_" + "_".join(map(_in_name, values))
        self.constants[name] = torch.tensor(values, dtype=torch.int64)
        return name

    def scalar(self, value: float | bool, dtype: torch.dtype) -> str:
        """The name of a constant without axes."""
        name = f"{str(dtype).removeprefix('torch.')}_{_in_name(value)}"
        self.constants[name] = torch.tensor(value, dtype=dtype)
        return name

    def operand(self, value: fx.Node | float, dtype: torch.dtype) -> str:
        """A tensor or a number as a value of `dtype`."""
        if not isinstance(value, fx.Node):
            return self.scalar(value, dtype)
        if is_symbolic(value) or dtype_of(value) != dtype:
            name = f"{value.name}_cast_{len(self.nodes)}"
            return self.add("Cast", [value.name], name, to=ONNX_DTYPES[dtype])
        return value.name

    def shape(self, name: str, lengths: Sequence[fx.Node | int]) -> str:
        """A shape of which some lengths are known at run time alone."""
        if not any(isinstance(length, fx.Node) for length in lengths):
            return self.integers(lengths)  # type: ignore[arg-type]
        parts = [
            length.name if isinstance(length, fx.Node) else self.integers([length])
            for length in lengths
        ]
        return self.add("Concat", parts, f"{name}_shape", axis=0)


# Called with the translation, the node, and then the operator's own arguments.
Operator = Callable[..., None]


def translate(graph: fx.GraphModule, operators: Mapping[Any, Operator]) -> Translation:
    """Translate every node of `graph` as `operators` say.

    Raises:
        ExportError: names the operator that has no translation.
    """
    translation = Translation()
    for node in graph.graph.nodes:
        if node.op == "get_attr":
            translation.constants[node.name] = graph.get_buffer(str(node.target))
        elif node.op == "call_function":
            if node.target not in operators:
                raise ExportError(f"{node.target} has no translation to ONNX.")
            try:
                operators[node.target](translation, node, *node.args, **node.kwargs)
            except (TypeError, ValueError, KeyError, IndexError) as error:
                raise ExportError(
                    f"{node.target} has no translation to ONNX with these arguments: {error}."
                ) from error
    _prune(translation, {node.name for node in output_nodes(graph)})
    return translation


def value_info(node: fx.Node) -> onnx.ValueInfoProto:
    """Name, dtype and shape of an input or output of a graph.

    Raises:
        ExportError: its first axis is not the batch, or another one depends on it.
    """
    value = node.meta["val"]
    length, *rest = value.shape if value.ndim else (None,)
    is_batch = isinstance(length, torch.SymInt) and length.node.expr.is_Symbol
    if not is_batch or not all(isinstance(size, int) for size in rest):
        raise ExportError(
            f"{node.name} has shape {tuple(value.shape)} when traced, but needs the free batch "
            "size in front and nowhere else; an operator of the network fixes or moves it."
        )
    if value.dtype not in ONNX_DTYPES or value.dtype == torch.float16:
        raise ExportError(f"{node.name} is {value.dtype}, which a bundle cannot hold.")
    return helper.make_tensor_value_info(node.name, ONNX_DTYPES[value.dtype], [BATCH, *rest])


def shape_of(node: fx.Node) -> list[Any]:
    return list(node.meta["val"].shape)


def dtype_of(node: fx.Node) -> torch.dtype:
    return node.meta["val"].dtype


def _prune(translation: Translation, wanted: set[str]) -> None:
    """Drop nodes and constants that `wanted` does not depend on."""
    kept = []
    for node in reversed(translation.nodes):
        if wanted.intersection(node.output):
            wanted = wanted.union(node.input)
            kept.append(node)
    translation.nodes = kept[::-1]
    translation.constants = {
        name: value for name, value in translation.constants.items() if name in wanted
    }


def _in_name(value: float | bool) -> str:
    return str(value).replace("-", "minus").replace(".", "_").replace("+", "")
