"""ONNX files of one network: graphs that share one file of weights."""

import sys
from pathlib import Path

import onnx
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


class WeightsFile:
    """Collects tensors by name for one file; every graph refers to the same bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._tensors: dict[str, tuple[int, Tensor]] = {}
        self._size = 0

    def refer(self, name: str, tensor: Tensor) -> onnx.TensorProto:
        """An initializer that takes `tensor` from the file; another tensor needs another name."""
        if name not in self._tensors:
            self._tensors[name] = (self._size, tensor)
            self._size += -(-_size_bytes(tensor) // _ALIGNMENT) * _ALIGNMENT
        offset, kept = self._tensors[name]
        assert kept is tensor, f"two weights are called {name}"
        reference = onnx.TensorProto(name=name, data_type=ONNX_DTYPES[tensor.dtype])
        reference.dims.extend(tensor.shape)
        reference.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (
            ("location", self.path.name),
            ("offset", str(offset)),
            ("length", str(_size_bytes(tensor))),
        ):
            reference.external_data.add(key=key, value=value)
        return reference

    def write(self) -> None:
        """Write all tensors, little-endian."""
        with self.path.open("wb") as file:
            for offset, tensor in self._tensors.values():
                file.write(b"\0" * (offset - file.tell()))
                file.write(_little_endian(tensor))


def write_graph(path: Path, graph: fx.GraphModule, weights: WeightsFile) -> None:
    """Translate `graph` and write it to `path`; its large constants go to `weights`.

    Raises:
        ExportError: an operator has no translation.
    """
    translation = translate(graph, OPERATORS)
    initializers = []
    for name, constant in translation.constants.items():
        if _size_bytes(constant) >= _LEAST_EXTERNAL_BYTES:
            initializers.append(weights.refer(name, constant))
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
        translation.nodes,
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


def _size_bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _little_endian(tensor: Tensor) -> bytes:
    values = tensor.contiguous().numpy()
    return (values.byteswap() if sys.byteorder == "big" else values).tobytes()
