"""ONNX files of one network: graphs that share one file of weights."""

import sys
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from onnx import helper
from torch import Tensor, fx

from igan import __version__
from igan.export.operators import OPERATORS
from igan.export.tracing import output_nodes
from igan.export.translation import ONNX_DTYPES, translate, value_info

OPSET = 20
_IR_VERSION = 10
_ALIGNMENT = 64
# Smaller constants (shapes, factors) stay readable inside the graph.
_LEAST_EXTERNAL_BYTES = 1024


@dataclass(frozen=True)
class _Placed:
    offset: int
    tensor: Tensor
    stored: Tensor


class WeightsFile:
    """Collects tensors by name for one file; every graph refers to the same bytes.

    A float32 tensor that `storage_dtype` holds exactly is stored in it.
    """

    def __init__(self, path: Path, storage_dtype: torch.dtype = torch.float32) -> None:
        self.path, self.storage_dtype = path, storage_dtype
        self._tensors: dict[str, _Placed] = {}
        self._size = 0

    def refer(self, name: str, tensor: Tensor) -> onnx.TensorProto:
        """An initializer that takes `tensor` from the file; another tensor needs another name."""
        if name not in self._tensors:
            stored = self._as_stored(tensor)
            self._tensors[name] = _Placed(self._size, tensor, stored)
            self._size += -(-_size_bytes(stored) // _ALIGNMENT) * _ALIGNMENT
        placed = self._tensors[name]
        assert placed.tensor is tensor, f"two weights are called {name}"
        reference = onnx.TensorProto(name=name, data_type=ONNX_DTYPES[placed.stored.dtype])
        reference.dims.extend(tensor.shape)
        reference.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (
            ("location", self.path.name),
            ("offset", str(placed.offset)),
            ("length", str(_size_bytes(placed.stored))),
        ):
            reference.external_data.add(key=key, value=value)
        return reference

    def write(self) -> None:
        """Write all tensors, little-endian."""
        with self.path.open("wb") as file:
            for placed in self._tensors.values():
                file.write(b"\0" * (placed.offset - file.tell()))
                file.write(_little_endian(placed.stored))

    def _as_stored(self, tensor: Tensor) -> Tensor:
        if tensor.dtype != torch.float32:
            return tensor
        stored = tensor.to(self.storage_dtype)
        return stored if torch.equal(stored.float(), tensor) else tensor


def write_graph(path: Path, graph: fx.GraphModule, weights: WeightsFile) -> None:
    """Translate `graph` and write it to `path`; its large constants go to `weights`.

    Raises:
        ExportError: an operator has no translation.
    """
    translation = translate(graph, OPERATORS)
    initializers, casts = [], []
    for name, constant in translation.constants.items():
        if is_stored_outside(constant):
            reference = weights.refer(name, constant)
            if reference.data_type != ONNX_DTYPES[constant.dtype]:
                # Arithmetic stays in float32; the runtime converts once, when it loads the graph.
                reference.name = f"{name}_stored"
                casts.append(
                    helper.make_node(
                        "Cast", [reference.name], [name], f"{name}_cast", to=onnx.TensorProto.FLOAT
                    )
                )
            initializers.append(reference)
        else:
            initializers.append(
                helper.make_tensor(
                    name,
                    ONNX_DTYPES[constant.dtype],
                    constant.shape,
                    _little_endian(constant),
                    raw=True,
                )
            )
    onnx_graph = helper.make_graph(
        [*casts, *translation.nodes],
        path.stem,
        [value_info(node) for node in graph.graph.find_nodes(op="placeholder")],
        [value_info(node) for node in output_nodes(graph)],
        initializers,
    )
    model = helper.make_model(
        onnx_graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=_IR_VERSION,
        producer_name="igan",
        producer_version=__version__,
    )
    path.write_bytes(model.SerializeToString(deterministic=True))


def is_stored_outside(tensor: Tensor) -> bool:
    """Whether a constant goes to the file of weights, not into each graph."""
    return _size_bytes(tensor) >= _LEAST_EXTERNAL_BYTES


def _size_bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _little_endian(tensor: Tensor) -> bytes:
    values = tensor.contiguous().numpy()
    return (values.byteswap() if sys.byteorder == "big" else values).tobytes()
