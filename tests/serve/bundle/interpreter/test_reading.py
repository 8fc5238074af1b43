"""ONNX files into models: every way of storing a tensor, and damage."""

import os
import random
import tracemalloc
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from serve.bundle.interpreter import GraphError, InterpretedNetwork, read_model
from serve.bundle.interpreter.external_data import FilesBeside
from serve.bundle.interpreter.tensor_data import read_tensor
from tests.onnx_models import model_bytes

VALUES = np.array([[0, 1, 2], [3, 4, 5]])


def small_model() -> bytes:
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"], "layer", transB=1),
        helper.make_node("Tanh", ["h"], ["y"]),
    ]
    constants = {"w": np.ones((3, 2), np.float32), "b": np.zeros(3, np.float32)}
    return model_bytes(nodes, {"x": ["batch", 2]}, constants)


@pytest.mark.parametrize(
    "kind", ["float32", "float64", "float16", "int8", "uint8", "int16", "int32", "int64", "bool"]
)
@pytest.mark.parametrize("raw", [True, False])
def test_a_tensor_is_read_however_it_is_stored(kind: str, raw: bool) -> None:
    values = VALUES.astype(kind)
    proto = numpy_helper.from_array(values, "weights")
    if not raw:
        proto = helper.make_tensor("weights", proto.data_type, values.shape, values.flatten())
        assert not proto.HasField("raw_data")
    name, tensor = read_tensor(memoryview(proto.SerializeToString()), {})
    assert name == "weights"
    assert tensor.dtype == getattr(torch, kind)
    np.testing.assert_array_equal(tensor.numpy(), values)


def test_bfloat16_is_read() -> None:
    proto = helper.make_tensor("w", TensorProto.BFLOAT16, [3], [0.5, -2.0, 3.0])
    _, tensor = read_tensor(memoryview(proto.SerializeToString()), {})
    assert tensor.dtype is torch.bfloat16
    assert tensor.tolist() == [0.5, -2.0, 3.0]


def test_a_model_is_read() -> None:
    model = read_model(small_model())
    assert model.opset == 17
    assert [node.op_type for node in model.nodes] == ["Gemm", "Tanh"]
    assert model.nodes[0].label == "node 'layer' (Gemm)"
    assert model.nodes[0].attributes == {"transB": 1}
    assert [(t.name, t.dtype, t.shape) for t in model.inputs] == [("x", "float32", ("batch", 2))]
    assert set(model.initializers) == {"w", "b"}


def external_model(folder: Path, **entries: str) -> bytes:
    """The small model with its weights in `folder`/weights.bin, described by `entries`."""
    model = onnx.load_from_string(small_model())
    weights = model.graph.initializer[0]
    (folder / "weights.bin").write_bytes(b"\1" * 8 + weights.raw_data)
    weights.ClearField("raw_data")
    weights.data_location = TensorProto.EXTERNAL
    entries = {"location": "weights.bin", "offset": "8", "length": "24", **entries}
    for key, value in entries.items():
        weights.external_data.add(key=key, value=value)
    return model.SerializeToString()


def test_weights_may_lie_in_a_file_beside(tmp_path: Path) -> None:
    model = read_model(external_model(tmp_path), FilesBeside(tmp_path))
    assert model.initializers["w"].tolist() == [[1.0, 1.0]] * 3


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({"location": "../weights.bin"}, "is not there"),
        ({"location": "/etc/passwd"}, "is not there"),
        ({"location": "linked"}, "is not there"),
        ({"location": "folder"}, "is not there"),
        ({"offset": "9"}, "lies outside"),
        ({"offset": "-8"}, "lies outside"),
        ({"length": "12"}, "needs 24 bytes, but has 12"),
        ({"length": "many"}, "cannot|can be read"),
    ],
)
def test_weights_from_elsewhere_are_refused(
    tmp_path: Path, entries: dict[str, str], reason: str
) -> None:
    folder = tmp_path / "model"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "weights.bin").write_bytes(bytes(64))
    (folder / "linked").symlink_to(tmp_path / "weights.bin")
    with pytest.raises(GraphError, match=reason):
        read_model(external_model(folder, **entries), FilesBeside(folder))


def test_a_tensor_that_lies_about_its_size_takes_no_memory() -> None:
    model = onnx.load_from_string(small_model())
    del model.graph.initializer[0].dims[:]
    model.graph.initializer[0].dims.extend([2**20, 2**20])
    content = model.SerializeToString()
    tracemalloc.start()
    with pytest.raises(GraphError, match="needs 4398046511104 bytes"):
        read_model(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "holds no graph"),
        (b"not a model", "."),
        (os.urandom(4096), "."),
        (onnx.ModelProto().SerializeToString() + b"\x3a\xff\xff\xff\xff\x0f", "longer"),
    ],
)
def test_what_is_no_model_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(GraphError, match=reason):
        read_model(content)


def test_no_damage_does_more_than_be_refused_or_change_values() -> None:
    """Bytes changed, cut out or doubled anywhere: a GraphError or a graph that runs."""
    whole, dice, refused = small_model(), random.Random(0), 0
    for _ in range(1500):
        damaged = bytearray(whole)
        place = dice.randrange(len(whole))
        kind = dice.randrange(3)
        if kind == 0:
            damaged[place] = dice.randrange(256)
        elif kind == 1:
            del damaged[place : place + dice.randrange(1, 9)]
        else:
            damaged[place:place] = damaged[place : place + dice.randrange(1, 9)]
        try:
            network = InterpretedNetwork(read_model(bytes(damaged)))
            if len(network.program.inputs) == 1:
                network(torch.ones(2, 2))
        except GraphError:
            refused += 1
    assert refused > 300
