"""Every operator against ONNX Runtime, with the attributes that exporters write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from onnx import helper
from torch import Tensor

from serve.bundle.interpreter import OPERATORS, InterpretedNetwork, read_model
from tests.onnx_models import model_bytes, run_onnx

IMAGE = (2, 4, 5, 6)


@dataclass(frozen=True)
class Case:
    """An operator, what it takes ("x" of a shape, or constants in order) and its attributes."""

    op_type: str
    inputs: Sequence[Any] = (IMAGE,)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    opset: int = 17
    positive: bool = False
    outputs: int = 1

    def __str__(self) -> str:
        settings = "-".join(f"{k}={v}" for k, v in self.attributes.items())
        return f"{self.op_type}-{self.opset}-{settings}".replace(" ", "")[:60]


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def floats(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def resize(factors: Sequence[float], **attributes: Any) -> Case:
    scales = np.array([1, 1, *factors], dtype=np.float32)
    return Case("Resize", (IMAGE, None, scales), attributes)


BROADCAST = floats(4, 1, 6)
K3, K4 = floats(4, 3, 3, 3), floats(4, 3, 4, 4)
COUNTED = {"count_include_pad": 1}
PLAIN = [
    *(
        "Abs",
        "Atan",
        "Ceil",
        "Celu",
        "Cos",
        "Elu",
        "Erf",
        "Exp",
        "Floor",
        "HardSigmoid",
        "HardSwish",
    ),
    *("Identity", "LeakyRelu", "Neg", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Sin"),
    *("Softplus", "Softsign", "Tanh", "ThresholdedRelu"),
]
REDUCTIONS = ["L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "Sum", "SumSquare"]
CASES = [
    *map(Case, PLAIN),
    Case("Mish", opset=18),
    *(Case(name, positive=True) for name in ("Log", "Sqrt", "Reciprocal")),
    *(
        Case(name, opset=20, attributes={"approximate": a})
        for name in ("Gelu",)
        for a in ("none", "tanh")
    ),
    *(Case(name, (IMAGE, BROADCAST)) for name in ("Add", "Sub", "Mul", "Div", "Max", "Min")),
    Case("Mean", (IMAGE, BROADCAST, floats(1))),
    Case("Sum", (IMAGE, BROADCAST, floats(1))),
    Case("Pow", (IMAGE, np.float32(3.0))),
    Case("Pow", (IMAGE, np.array([2.0, 3.0, 2.0, 3.0, 2.0, 1.0], np.float32))),
    Case("Mod", (IMAGE, np.float32(0.7)), {"fmod": 1}),
    Case("PRelu", (IMAGE, floats(4, 1, 1))),
    Case("LeakyRelu", attributes={"alpha": 0.3}),
    Case("Elu", attributes={"alpha": 0.5}),
    Case("Celu", attributes={"alpha": 2.0}),
    Case("Clip", (IMAGE, np.float32(-0.5), np.float32(0.7))),
    Case("Clip", (IMAGE, None, np.float32(0.2)), opset=11),
    Case("Clip", (IMAGE, np.float32(0.1))),
    Case("Cast", attributes={"to": 1}),
    Case("CastLike", (IMAGE, floats(1))),
    *(Case(name, attributes={"axis": a}) for name in ("Softmax", "LogSoftmax") for a in (-1, 1, 2)),
    *(Case("Softmax", attributes={"axis": axis}, opset=11) for axis in (1, 2, -1)),
    Case("Softmax", opset=12),
    # Convolutions
    Case("Conv", (IMAGE, floats(3, 4, 3, 3), floats(3)), {"pads": [1, 1, 1, 1]}),
    Case("Conv", (IMAGE, floats(3, 4, 3, 3)), {"pads": [2, 0, 1, 1], "strides": [2, 1]}),
    Case("Conv", (IMAGE, floats(8, 2, 3, 2)), {"group": 2, "dilations": [2, 1]}),
    *(
        Case("Conv", (IMAGE, floats(3, 4, 3, 4)), {"auto_pad": pad, "strides": [2, 2]})
        for pad in ("SAME_UPPER", "SAME_LOWER", "VALID")
    ),
    Case("Conv", ((2, 4, 9), floats(3, 4, 3)), {"pads": [1, 1]}),
    Case("Conv", ((1, 2, 3, 4, 5), floats(3, 2, 2, 2, 2))),
    Case(
        "ConvTranspose",
        (IMAGE, floats(4, 3, 4, 4), floats(3)),
        {"strides": [2, 2], "pads": [1] * 4},
    ),
    Case(
        "ConvTranspose",
        (IMAGE, floats(4, 3, 5, 5)),
        {"strides": [2, 2], "pads": [2] * 4, "output_padding": [1, 1]},
    ),
    Case("ConvTranspose", (IMAGE, K4), {"strides": [2, 3], "pads": [0, 1, 1, 0]}),
    Case("ConvTranspose", (IMAGE, floats(4, 2, 3, 3)), {"group": 2, "dilations": [2, 2]}),
    Case("ConvTranspose", (IMAGE, K3), {"auto_pad": "SAME_UPPER", "strides": [2, 2]}),
    Case("ConvTranspose", (IMAGE, K3), {"output_shape": [10, 12], "strides": [2, 2]}),
    # Pooling
    Case("MaxPool", attributes={"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1] * 4}),
    Case("MaxPool", attributes={"kernel_shape": [2, 3], "pads": [0, 1, 1, 0]}),
    Case("MaxPool", attributes={"kernel_shape": [2, 2], "strides": [2, 2], "ceil_mode": 1}),
    Case("MaxPool", attributes={"kernel_shape": [2, 2], "auto_pad": "SAME_UPPER"}),
    Case("AveragePool", attributes={"kernel_shape": [3, 3], "pads": [1] * 4}),
    Case(
        "AveragePool", attributes={"kernel_shape": [3, 3], "pads": [1] * 4, "count_include_pad": 1}
    ),
    Case("AveragePool", attributes={"kernel_shape": [2, 2], "pads": [0, 1, 1, 0]}),
    Case("GlobalAveragePool"),
    Case("GlobalMaxPool"),
    # Normalisation
    Case("BatchNormalization", (IMAGE, floats(4), floats(4), floats(4), floats(4) ** 2)),
    Case("InstanceNormalization", (IMAGE, floats(4), floats(4)), {"epsilon": 1e-3}),
    Case("GroupNormalization", (IMAGE, floats(4), floats(4)), {"num_groups": 2}, opset=21),
    Case("GroupNormalization", (IMAGE, floats(2), floats(2)), {"num_groups": 2}, opset=18),
    Case("LayerNormalization", (IMAGE, floats(6), floats(6)), {"axis": -1}),
    Case("LayerNormalization", (IMAGE, floats(5, 6)), {"axis": 2, "epsilon": 1e-2}),
    Case("LayerNormalization", (IMAGE, floats(1), floats(6))),
    Case("RMSNormalization", (IMAGE, floats(6)), opset=23),
    Case("MeanVarianceNormalization"),
    Case("LpNormalization", attributes={"p": 2, "axis": 1}),
    Case("LpNormalization", attributes={"p": 1, "axis": -1}),
    Case("Dropout", (IMAGE, np.float32(0.5))),
    # Matrices
    Case("MatMul", (IMAGE, floats(6, 3))),
    Case("Gemm", ((5, 6), floats(6, 3), floats(3)), {"alpha": 0.5, "beta": 2.0}),
    Case("Gemm", ((6, 5), floats(3, 6)), {"transA": 1, "transB": 1, "alpha": 0.5}),
    Case("Einsum", (IMAGE, floats(6, 3)), {"equation": "nchw,wk->nkch"}),
    Case("Trilu", (IMAGE, np.int64(1)), {"upper": 0}),
    # Reductions
    *(
        Case(f"Reduce{name}", attributes={"axes": [2, 3], "keepdims": 0}, opset=11, positive=True)
        for name in [
            "L1",
            "L2",
            "LogSum",
            "LogSumExp",
            "Max",
            "Mean",
            "Min",
            "Prod",
            "Sum",
            "SumSquare",
        ]
    ),
    Case("ReduceSum", (IMAGE, ints(1, -1)), opset=13),
    Case("ReduceMean", (IMAGE, ints(1)), {"keepdims": 0}, opset=18),
    Case("ReduceSum", (IMAGE,), {"noop_with_empty_axes": 1}, opset=13),
    Case("ReduceMax", (IMAGE,), opset=18),
    Case("CumSum", (IMAGE, np.int64(2))),
    # Shapes
    Case("Reshape", (IMAGE, ints(0, -1))),
    Case("Reshape", (IMAGE, ints(-1, 6, 5, 4)), {"allowzero": 0}, opset=14),
    *(Case("Flatten", attributes={"axis": axis}) for axis in (0, 1, 2, -1)),
    Case("Transpose", attributes={"perm": [0, 2, 3, 1]}),
    Case("Transpose"),
    Case("Squeeze", ((2, 1, 3, 1), ints(1, -1))),
    Case("Squeeze", ((2, 1, 3, 1),), {"axes": [1, 3]}, opset=11),
    Case("Unsqueeze", (IMAGE, ints(0, -1))),
    Case("Unsqueeze", (IMAGE,), {"axes": [2]}, opset=11),
    Case("Concat", (IMAGE, floats(2, 1, 5, 6)), {"axis": 1}),
    Case("Split", (IMAGE, ints(1, 3)), {"axis": 1}, outputs=2),
    Case("Split", (IMAGE,), {"axis": 1}, opset=11, outputs=2),
    Case("Split", (IMAGE,), {"axis": 2, "num_outputs": 3}, opset=18, outputs=3),
    Case("Slice", (IMAGE, ints(1, -3), ints(4, 2**60), ints(2, 3), ints(2, 1))),
    Case("Slice", (IMAGE, ints(-1, 4), ints(-(2**60), 0), ints(2, 3), ints(-1, -2))),
    Case("Slice", (IMAGE, ints(1, 0), ints(2, 3))),
    Case("Expand", ((2, 1, 3), ints(4, 1, 5, 1))),
    Case("Tile", (IMAGE, ints(1, 2, 1, 3))),
    Case("DepthToSpace", attributes={"blocksize": 2}),
    Case("DepthToSpace", attributes={"blocksize": 2, "mode": "CRD"}),
    Case("SpaceToDepth", ((2, 3, 4, 6),), {"blocksize": 2}),
    # Indexing
    Case("Gather", (IMAGE, np.int64(-1)), {"axis": 2}),
    Case("Gather", (IMAGE, ints(1, 2, 3)), {"axis": 3}),
    Case("Gather", (IMAGE, np.array([[0, -1], [3, 2]])), {"axis": 1}),
    Case("GatherElements", ((2, 3), np.array([[0, 2], [-1, 1]])), {"axis": 1}),
    Case("GatherND", (IMAGE, np.array([[0, 1], [1, 3]]))),
    Case("ScatterElements", ((2, 3), np.array([[0, 2], [2, 1]]), floats(2, 2)), {"axis": 1}),
    Case(
        "ScatterElements",
        ((2, 3), np.array([[0, 0], [1, 1]]), floats(2, 2)),
        {"axis": 1, "reduction": "add"},
    ),
    Case("ScatterND", ((4, 3), np.array([[1], [3]]), floats(2, 3))),
    Case("ScatterND", ((4, 3), np.array([[1], [1]]), floats(2, 3)), {"reduction": "add"}),
    # Padding
    Case("Pad", (IMAGE, ints(0, 0, 1, 2, 0, 0, 3, 0), np.float32(0.5))),
    Case("Pad", (IMAGE, ints(0, 1, -1, 2, 0, 0, 1, -2))),
    *(
        Case("Pad", (IMAGE, ints(*pads)), {"mode": mode}, opset=19)
        for mode in ("reflect", "edge", "wrap")
        for pads in ((0, 0, 1, 2, 0, 0, 2, 1), (0, 2, 1, 0, 0, 1, 0, 3))
    ),
    Case("Pad", (IMAGE, ints(2, 1), None, ints(3)), {"mode": "reflect"}, opset=18),
    # Resampling
    *(
        resize((2, 3), mode="nearest", coordinate_transformation_mode=c, nearest_mode=n)
        for c in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
        for n in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil")
    ),
    *(
        resize((2.5, 0.5), mode=m, coordinate_transformation_mode=c)
        for m in ("linear", "cubic")
        for c in ("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")
    ),
    resize(
        (1.5, 1.5),
        mode="nearest",
        coordinate_transformation_mode="asymmetric",
        nearest_mode="floor",
    ),
    resize((2, 2), mode="cubic", cubic_coeff_a=-0.5, exclude_outside=1),
    Case("Resize", (IMAGE, None, None, ints(2, 4, 8, 9)), {"mode": "linear"}),
    Case("Resize", (IMAGE, None, None, ints(2, 4, 8, 9)), {"mode": "cubic"}),
    Case("Resize", (IMAGE, None, None, ints(11, 7)), {"mode": "linear", "axes": [2, 3]}, opset=18),
    Case(
        "Resize",
        (IMAGE, None, np.array([1, 2, 2, 1], np.float32)),
        {"mode": "linear", "coordinate_transformation_mode": "half_pixel_symmetric"},
        opset=19,
    ),
    Case(
        "Resize",
        (IMAGE, np.array([], np.float32), np.array([1, 1, 2, 2], np.float32)),
        {"coordinate_transformation_mode": "tf_half_pixel_for_nn", "nearest_mode": "floor"},
        opset=11,
    ),
]

# What ends in no float32 of its own, or takes none, is tested with nodes around it.
CHAINS: dict[str, tuple[list[tuple[str, list[str], dict[str, Any]]], dict[str, Any]]] = {
    **{
        name: ([(name, ["x", "c"], {}), ("Cast", ["y0"], {"to": 1})], {"c": np.float32(0.1)})
        for name in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal")
    },
    **{
        name: (
            [
                ("Greater", ["x", "c"], {}),
                ("Less", ["x", "d"], {}),
                (name, ["y0", "y1"], {}),
                ("Not", ["y2"], {}),
                ("Where", ["y3", "x", "c"], {}),
            ],
            {"c": np.float32(-0.3), "d": np.float32(0.4)},
        )
        for name in ("And", "Or", "Xor")
    },
    **{
        name: ([(name, ["x"], {"axis": 2}), ("Cast", ["y0"], {"to": 1})], {})
        for name in ("ArgMax", "ArgMin")
    },
    "OneHot": (
        [("ArgMax", ["x"], {"axis": 1, "keepdims": 0}), ("OneHot", ["y0", "n", "v"], {"axis": 1})],
        {"n": np.int64(4), "v": np.array([0.5, 2.0], np.float32)},
    ),
    "Size": ([("Size", ["x"], {}), ("Cast", ["y0"], {"to": 1}), ("Mul", ["x", "y1"], {})], {}),
    "Range": (
        [("Range", ["a", "b", "c"], {}), ("Add", ["x", "y0"], {})],
        {"a": np.float32(0), "b": np.float32(6), "c": np.float32(1)},
    ),
    "Constant": (
        [
            ("Constant", [], {"value_floats": [0.5] * 6}),
            ("Mul", ["x", "y0"], {}),
        ],
        {},
    ),
    "ConstantOfShape": (
        [("Shape", ["x"], {}), ("ConstantOfShape", ["y0"], {}), ("Sub", ["y1", "x"], {})],
        {},
    ),
    "Shape": (
        [
            ("Shape", ["x"], {"start": 0, "end": 1}),
            ("Concat", ["y0", "c"], {"axis": 0}),
            ("Reshape", ["x", "y1"], {}),
        ],
        {"c": ints(-1)},
    ),
    "whole division": (
        [("Cast", ["x"], {"to": 7}), ("Div", ["y0", "c"], {}), ("Cast", ["y1"], {"to": 1})],
        {"c": ints(2)},
    ),
}


def agree(model: bytes, x: Tensor) -> None:
    expected = run_onnx(model, {"x": x})
    network = InterpretedNetwork(read_model(model))
    found = network(x)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_operator_is_that_of_onnx_runtime(case: Case) -> None:
    shape, *rest = case.inputs
    constants = {f"c{n}": value for n, value in enumerate(rest) if value is not None}
    names = ["x", *("" if value is None else f"c{n}" for n, value in enumerate(rest))]
    outputs = ["y", *(f"other{n}" for n in range(1, case.outputs))]
    node = helper.make_node(case.op_type, names, outputs, **case.attributes)
    free = ["batch", *shape[1:]] if len(shape) > 2 else shape
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)) * 2
    x = x.abs() + 0.1 if case.positive else x
    agree(model_bytes([node], {"x": free}, constants, opset=case.opset), x)


@pytest.mark.parametrize("name", CHAINS)
def test_an_operator_among_others_is_that_of_onnx_runtime(name: str) -> None:
    parts, constants = CHAINS[name]
    nodes = [
        helper.make_node(op, inputs, ["y" if n == len(parts) - 1 else f"y{n}"], **attributes)
        for n, (op, inputs, attributes) in enumerate(parts)
    ]
    x = torch.randn(IMAGE, generator=torch.Generator().manual_seed(1))
    agree(model_bytes(nodes, {"x": ["batch", *IMAGE[1:]]}, constants), x)


def test_every_operator_is_tested() -> None:
    chained = {op for parts, _ in CHAINS.values() for op, _, _ in parts}
    assert set(OPERATORS) == {case.op_type for case in CASES} | chained
