"""ONNX graphs as Torch modules: for large batches, and for generators made elsewhere."""

from serve.bundle.interpreter.building import NEWEST_OPSET, OLDEST_OPSET
from serve.bundle.interpreter.errors import GraphError
from serve.bundle.interpreter.model import OnnxModel
from serve.bundle.interpreter.network import InterpretedNetwork
from serve.bundle.interpreter.precision import computes_bfloat16, torch_network
from serve.bundle.interpreter.reading import read_model
from serve.bundle.interpreter.registry import NUMBER_OPERATORS, OPERATORS

__all__ = [
    "NEWEST_OPSET",
    "NUMBER_OPERATORS",
    "OLDEST_OPSET",
    "OPERATORS",
    "GraphError",
    "InterpretedNetwork",
    "OnnxModel",
    "computes_bfloat16",
    "read_model",
    "torch_network",
]
