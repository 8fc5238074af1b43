import numpy as np
import pytest
import torch
from onnx import helper

from igan.export.adoption.value_range import range_of_graph, range_of_images
from serve.bundle.interpreter import read_model
from tests.onnx_models import model_bytes


def node(op_type, *inputs, **attributes):
    return op_type, inputs, attributes


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        ([node("Tanh", "x")], (-1, 1)),
        ([node("Sigmoid", "x")], (0, 1)),
        ([node("Tanh", "x"), node("Mul", "y0", "half"), node("Add", "half", "y1")], (0, 1)),
        ([node("Sigmoid", "x"), node("Mul", "y0", "white")], (0, 255)),
        ([node("Clip", "x", "zero", "white"), node("Transpose", "y0", perm=[0, 1])], (0, 255)),
        ([node("Sigmoid", "x"), node("Sub", "y0", "half"), node("Div", "y1", "half")], (-1, 1)),
        ([node("Constant", value_float=0.5), node("Tanh", "x"), node("Mul", "y1", "y0")], None),
        ([node("Relu", "x")], None),
        ([node("Clip", "x", "zero")], None),
        ([node("Tanh", "x"), node("Sub", "half", "y0")], None),
    ],
)
def test_the_last_operators_tell_the_range(ending, expected):
    nodes = [
        helper.make_node(op, inputs, ["y" if n == len(ending) - 1 else f"y{n}"], **attributes)
        for n, (op, inputs, attributes) in enumerate(ending)
    ]
    constants = {"half": np.float32(0.5), "zero": np.float32(0), "white": np.float32(255)}
    assert range_of_graph(read_model(model_bytes(nodes, {"x": ["n", 4]}, constants))) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [((-1.2, 0.9), (-1, 1)), ((0.0, 0.98), (0, 1)), ((-3.0, 250.0), (0, 255))],
)
def test_images_tell_the_range_where_operators_do_not(values, expected):
    assert range_of_images(torch.tensor(values)) == expected
