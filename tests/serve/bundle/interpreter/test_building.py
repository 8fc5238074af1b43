"""What is folded, and what is refused by name."""

import re
import tracemalloc
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from onnx import NodeProto, TensorProto, helper

from serve.bundle.interpreter import GraphError, InterpretedNetwork, read_model
from tests.onnx_models import model_bytes, run_onnx


def build(
    nodes: Sequence[NodeProto], constants: dict[str, Any] | None = None, **settings: Any
) -> InterpretedNetwork:
    content = model_bytes(nodes, {"x": ["batch", 4]}, constants, **settings)
    return InterpretedNetwork(read_model(content))


BRANCH = helper.make_graph([], "branch", [], [])
REFUSED = {
    "operator": (helper.make_node("NonZero", ["x"], ["y"], "places"), "'places' (NonZero)"),
    "random": (helper.make_node("RandomNormalLike", ["x"], ["y"], "dice"), "RandomNormalLike"),
    "no name": (helper.make_node("TopK", ["x"], ["y"]), "node 'y' (TopK)"),
    "branches": (
        helper.make_node("If", ["x"], ["y"], "choice", then_branch=BRANCH, else_branch=BRANCH),
        "'choice' (If)",
    ),
    "domain": (
        helper.make_node("FusedThing", ["x"], ["y"], "fused", domain="com.microsoft"),
        "'fused' (com.microsoft.FusedThing)",
    ),
    "attribute": (helper.make_node("Relu", ["x"], ["y"], "bent", slope=0.1), "attribute 'slope'"),
    "kind": (
        helper.make_node("Elu", ["x"], ["y"], "bent", alpha="big"),
        "'alpha' of an unexpected",
    ),
    "choice": (
        helper.make_node("Gelu", ["x"], ["y"], "soft", approximate="wild"),
        "approximate 'wild'",
    ),
    "training": (
        helper.make_node("BatchNormalization", ["x"] * 5, ["y"], "norm", training_mode=1),
        "'norm' (BatchNormalization) is in training mode",
    ),
    "type": (
        helper.make_node("Cast", ["x"], ["y"], "text", to=TensorProto.STRING),
        "'text' (Cast)",
    ),
    "axes": (
        helper.make_node("Conv", ["x", "x"], ["y"], "deep", kernel_shape=[2, 2, 2, 2]),
        "'deep' (Conv) convolves over 4 axes",
    ),
    "missing": (
        helper.make_node("Add", ["x", "z"], ["y"], "sum"),
        "takes 'z', which nothing gives",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_refused_by_name(name: str) -> None:
    node, words = REFUSED[name]
    with pytest.raises(GraphError, match=re.escape(words)):
        build([node], opset=20, domains=["com.microsoft"])


@pytest.mark.parametrize("opset", [9, 10, 24, 99])
def test_other_opsets_are_refused(opset: int) -> None:
    with pytest.raises(GraphError, match=f"opset {opset}, but 11 to 23"):
        build([helper.make_node("Relu", ["x"], ["y"])], opset=opset)


def test_a_shape_that_depends_on_values_is_refused() -> None:
    nodes = [
        helper.make_node("Cast", ["x"], ["i"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["x", "i"], ["y"], "wild"),
    ]
    with pytest.raises(GraphError, match=r"'wild' \(Reshape\) takes a shape"):
        build(nodes)


def test_a_function_of_the_model_is_refused() -> None:
    model = helper.make_model(helper.make_graph([], "g", [], []))
    model.functions.add(name="Swirl", domain="own")
    with pytest.raises(GraphError, match="function 'Swirl'"):
        read_model(model.SerializeToString())


def test_an_error_while_running_names_the_node() -> None:
    network = build([helper.make_node("Add", ["x", "c"], ["y"], "sum")], {"c": np.ones(3, "f4")})
    with pytest.raises(GraphError, match=r"'sum' \(Add\) cannot be run"):
        network(torch.ones(2, 4))


def test_what_is_constant_is_computed_once() -> None:
    """A weight stored as float16, turned and scaled, is one weight of the network."""
    nodes = [
        helper.make_node("Cast", ["w"], ["w32"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["w32"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["x", "turned"], ["y"]),
    ]
    weight = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float16)
    network = build(nodes, {"w": weight})
    assert len(network.program.steps) == 1
    (parameter,) = network.parameters()
    assert parameter.dtype is torch.float32
    assert not parameter.requires_grad
    torch.testing.assert_close(parameter.data, torch.from_numpy(weight).float().t())


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("ConstantOfShape", ["huge"], ["c"], "flood"),
        helper.make_node("Expand", ["one", "huge"], ["c"], "flood"),
        helper.make_node("Tile", ["one", "huge"], ["c"], "flood"),
        helper.make_node("Range", ["zero", "end", "one"], ["c"], "flood"),
    ],
)
def test_a_constant_that_would_flood_the_memory_is_refused(node: NodeProto) -> None:
    constants = {
        "huge": np.array([2**18, 2**18]),
        "one": np.ones((1, 1), np.float32) if node.op_type != "Range" else np.float32(1),
        "zero": np.float32(0),
        "end": np.float32(2**34),
    }
    tracemalloc.start()
    with pytest.raises(GraphError, match=r"'flood' .* makes a constant of"):
        build([node, helper.make_node("Add", ["x", "c"], ["y"])], constants)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_lengths_are_computed_as_exporters_write_it() -> None:
    """Half the width, by way of floats and of a list compared with -1."""
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "one"], ["width"], axis=0),
        helper.make_node("Cast", ["width"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Div", ["float", "two"], ["half"]),
        helper.make_node("Floor", ["half"], ["floored"]),
        helper.make_node("Cast", ["floored"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["whole", "zeros"], ["end"]),
        helper.make_node("Concat", ["minus", "end"], ["wanted"], axis=0),
        helper.make_node("Shape", ["wanted"], ["count"]),
        helper.make_node("ConstantOfShape", ["count"], ["fill"], value=_int_tensor(3)),
        helper.make_node("Equal", ["wanted", "minus"], ["open"]),
        helper.make_node("Where", ["open", "fill", "wanted"], ["target"]),
        helper.make_node("Slice", ["x", "zeros", "end", "ones"], ["cut"]),
        helper.make_node("Unsqueeze", ["cut", "ones"], ["row"]),
        helper.make_node("Unsqueeze", ["target", "zeros"], ["table"]),
        helper.make_node("Squeeze", ["table", "zeros"], ["flat"]),
        helper.make_node("Concat", ["zeros", "flat"], ["all"], axis=0),
        helper.make_node("Tile", ["row", "three"], ["tiled"]),
        helper.make_node("Reshape", ["tiled", "all"], ["y"]),
    ]
    constants = {
        "one": np.int64(1),
        "two": np.float32(2),
        "zeros": np.array([0]),
        "ones": np.array([1]),
        "minus": np.array([-1]),
        "three": np.array([1, 3, 1]),
    }
    content = model_bytes(nodes, {"x": ["batch", 4]}, constants)
    x = torch.arange(8.0).reshape(2, 4)
    found = InterpretedNetwork(read_model(content))(x)
    assert found.shape == (2, 3, 2)
    torch.testing.assert_close(found, run_onnx(content, {"x": x}))


def _int_tensor(value: int) -> TensorProto:
    return helper.make_tensor("value", TensorProto.INT64, [1], [value])
