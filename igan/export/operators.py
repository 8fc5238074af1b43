"""What each operator of core ATen becomes in ONNX (opset 20).

A translation takes the arguments of its ATen operator, by the same names where they are given by
keyword. An operator that is not in the table cannot be exported.
"""

import math
import operator
from collections.abc import Sequence
from typing import Any

import torch
from onnx import helper
from torch import fx

import igan.export.zero_padding  # noqa: F401 - registers the operator
from igan.errors import ExportError
from igan.export.simplification import is_transposed_weight
from igan.export.tracing import is_symbolic
from igan.export.translation import ONNX_DTYPES, Operator, Translation, dtype_of, shape_of

aten = torch.ops.aten
_LAST = 2**62


def _unary(op_type: str) -> Operator:
    def translate(t: Translation, node: fx.Node, source: fx.Node) -> None:
        t.add(op_type, [source.name], node.name)

    return translate


def _binary(op_type: str) -> Operator:
    def translate(
        t: Translation, node: fx.Node, left: Any, right: Any, *, alpha: float = 1
    ) -> None:
        dtype = _common_dtype(left, right)
        second = t.operand(right, dtype)
        if alpha != 1:
            second = t.add("Mul", [second, t.scalar(alpha, dtype)], f"{node.name}_scaled")
        t.add(op_type, [t.operand(left, dtype), second], node.name)

    return translate


def _common_dtype(*operands: Any) -> torch.dtype:
    dtypes = [dtype_of(o) for o in operands if isinstance(o, fx.Node) and not is_symbolic(o)]
    common = dtypes[0]
    for dtype in dtypes[1:]:
        common = torch.promote_types(common, dtype)
    return common


def _not_equal(t: Translation, node: fx.Node, left: Any, right: Any) -> None:
    dtype = _common_dtype(left, right)
    operands = [t.operand(left, dtype), t.operand(right, dtype)]
    t.add("Not", [t.add("Equal", operands, f"{node.name}_equal")], node.name)


def _where(t: Translation, node: fx.Node, condition: fx.Node, chosen: Any, other: Any) -> None:
    dtype = dtype_of(node)
    t.add("Where", [condition.name, t.operand(chosen, dtype), t.operand(other, dtype)], node.name)


def _clamp(
    t: Translation,
    node: fx.Node,
    source: fx.Node,
    min: float | None = None,
    max: float | None = None,
) -> None:
    limits = ["" if limit is None else t.scalar(limit, dtype_of(node)) for limit in (min, max)]
    t.add("Clip", [source.name, *limits], node.name)


def _hardtanh(
    t: Translation, node: fx.Node, source: fx.Node, low: float = -1.0, high: float = 1.0
) -> None:
    _clamp(t, node, source, low, high)


def _leaky_relu(t: Translation, node: fx.Node, source: fx.Node, slope: float = 0.01) -> None:
    t.add("LeakyRelu", [source.name], node.name, alpha=float(slope))


def _elu(
    t: Translation,
    node: fx.Node,
    source: fx.Node,
    alpha: float = 1.0,
    scale: float = 1.0,
    input_scale: float = 1.0,
) -> None:
    """ELU; SELU by a scale of the result; CELU by one that turns the slope at zero back to one."""
    if input_scale == 1:
        name, op_type = (node.name if scale == 1 else f"{node.name}_unscaled"), "Elu"
    elif math.isclose(alpha * input_scale, 1):
        name, op_type = (node.name if scale == 1 else f"{node.name}_unscaled"), "Celu"
    else:
        raise ExportError("aten.elu can be exported with the scales of ELU, SELU and CELU alone.")
    result = t.add(op_type, [source.name], name, alpha=float(alpha))
    if scale != 1:
        t.add("Mul", [result, t.scalar(scale, dtype_of(node))], node.name)


def _softplus(
    t: Translation, node: fx.Node, source: fx.Node, beta: float = 1, threshold: float = 20
) -> None:
    """Above the threshold Torch's straight line differs by less than its own rounding."""
    if beta == 1:
        t.add("Softplus", [source.name], node.name)
        return
    scaled = t.add("Mul", [source.name, t.scalar(beta, dtype_of(node))], f"{node.name}_scaled")
    steep = t.add("Softplus", [scaled], f"{node.name}_steep")
    t.add("Div", [steep, t.scalar(beta, dtype_of(node))], node.name)


def _log1p(t: Translation, node: fx.Node, source: fx.Node) -> None:
    one = t.scalar(1.0, dtype_of(node))
    t.add("Log", [t.add("Add", [source.name, one], f"{node.name}_plus_one")], node.name)


def _expm1(t: Translation, node: fx.Node, source: fx.Node) -> None:
    one = t.scalar(1.0, dtype_of(node))
    t.add("Sub", [t.add("Exp", [source.name], f"{node.name}_exp"), one], node.name)


def _gelu(t: Translation, node: fx.Node, source: fx.Node, *, approximate: str = "none") -> None:
    t.add("Gelu", [source.name], node.name, approximate=approximate)


def _reciprocal_root(t: Translation, node: fx.Node, source: fx.Node) -> None:
    t.add("Reciprocal", [t.add("Sqrt", [source.name], f"{node.name}_root")], node.name)


def _softmax(op_type: str) -> Operator:
    def translate(t: Translation, node: fx.Node, source: fx.Node, axis: int, _: bool) -> None:
        t.add(op_type, [source.name], node.name, axis=axis)

    return translate


def _cast(t: Translation, node: fx.Node, source: fx.Node, **_: Any) -> None:
    t.add("Cast", [source.name], node.name, to=ONNX_DTYPES[dtype_of(node)])


def _matrix_product(t: Translation, node: fx.Node, left: fx.Node, right: fx.Node) -> None:
    _affine_map(t, node, None, left, right)


def _affine_map(
    t: Translation,
    node: fx.Node,
    bias: fx.Node | None,
    left: fx.Node,
    right: fx.Node,
    *,
    alpha: float = 1,
    beta: float = 1,
) -> None:
    """A transposed weight on the right is read as it is stored."""
    transposed = is_transposed_weight(right)
    stored: Any = right.args[0] if transposed else right
    inputs = [left.name, stored.name] + ([] if bias is None else [bias.name])
    t.add("Gemm", inputs, node.name, transB=int(transposed), alpha=float(alpha), beta=float(beta))


def _convolution(
    t: Translation,
    node: fx.Node,
    source: fx.Node,
    weight: fx.Node,
    bias: fx.Node | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool,
    output_padding: Sequence[int],
    groups: int,
) -> None:
    if isinstance(groups, fx.Node):
        raise ExportError(
            "aten.convolution cannot be exported with groups that depend on the batch."
        )
    attributes: dict[str, Any] = {
        "kernel_shape": shape_of(weight)[2:],
        "strides": list(stride),
        "pads": [*padding, *padding],
        "dilations": list(dilation),
        "group": groups,
    }
    if transposed:
        attributes["output_padding"] = list(output_padding)
    inputs = [source.name, weight.name] + ([] if bias is None else [bias.name])
    t.add("ConvTranspose" if transposed else "Conv", inputs, node.name, **attributes)


def _max_pool(
    t: Translation,
    node: fx.Node,
    source: fx.Node,
    kernel_size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    dilation: Sequence[int] = (1,),
    ceil_mode: bool = False,
) -> None:
    results = {user.args[1]: user.name for user in node.users}
    places = f"{node.name}_places"
    t.add(
        "MaxPool",
        [source.name],
        [results.get(0, f"{node.name}_values")] + ([places] if 1 in results else []),
        kernel_shape=_both(kernel_size),
        strides=_both(stride or kernel_size),
        pads=_both(padding) * 2,
        dilations=_both(dilation),
        ceil_mode=int(ceil_mode),
    )
    if 1 in results:
        # ONNX counts through the whole batch, Torch through each channel's plane.
        height, width = shape_of(source)[2:]
        t.add("Mod", [places, t.scalar(height * width, torch.int64)], results[1])


def _average_pool(
    t: Translation,
    node: fx.Node,
    source: fx.Node,
    kernel_size: Sequence[int],
    stride: Sequence[int] = (),
    padding: Sequence[int] = (0,),
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> None:
    window = math.prod(_both(kernel_size))
    scaled = divisor_override is not None and divisor_override != window
    if scaled and ceil_mode:
        raise ExportError("aten.avg_pool2d cannot have both a divisor of its own and ceil_mode.")
    result = t.add(
        "AveragePool",
        [source.name],
        f"{node.name}_mean" if scaled else node.name,
        kernel_shape=_both(kernel_size),
        strides=_both(stride or kernel_size),
        pads=_both(padding) * 2,
        ceil_mode=int(ceil_mode),
        count_include_pad=int(count_include_pad or scaled),
    )
    if scaled:
        factor = t.scalar(window / divisor_override, dtype_of(node))  # type: ignore[operator]
        t.add("Mul", [result, factor], node.name)


def _both(values: Sequence[int]) -> list[int]:
    return list(values) * 2 if len(values) == 1 else list(values)


def _item(t: Translation, node: fx.Node, source: fx.Node, index: int) -> None:
    """Results of operators with several are named where the operator is translated."""
    if source.target is not aten.max_pool2d_with_indices.default:
        raise ExportError(f"{source.target} has no translation to ONNX.")


def _resize_bilinear(
    t: Translation,
    node: fx.Node,
    source: fx.Node,
    output_size: Sequence[int],
    align_corners: bool,
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> None:
    size = shape_of(source)[2:]
    factors = [
        given or new / old
        for given, new, old in zip((scales_h, scales_w), output_size, size, strict=True)
    ]
    exact = all(
        new == old * factor for new, old, factor in zip(output_size, size, factors, strict=True)
    )
    if exact or align_corners:
        measure = ["", "", t.integers(list(output_size))]
    else:
        name = f"{node.name}_factors"
        t.constants[name] = torch.tensor(factors)
        measure = ["", name]
    t.add(
        "Resize",
        [source.name, *measure],
        node.name,
        axes=[2, 3],
        mode="linear",
        coordinate_transformation_mode="align_corners" if align_corners else "half_pixel",
    )


def _reshape(t: Translation, node: fx.Node, source: fx.Node, shape: Sequence[Any]) -> None:
    lengths = [-1 if isinstance(length, fx.Node) else length for length in shape]
    if lengths.count(-1) > 1:
        t.add("Reshape", [source.name, t.shape(node.name, shape)], node.name)
    else:
        t.add("Reshape", [source.name, t.integers(lengths)], node.name)


def _expand(t: Translation, node: fx.Node, source: fx.Node, shape: Sequence[Any]) -> None:
    own = [1] * (len(shape) - len(shape_of(source))) + shape_of(source)
    # A length of one keeps what is there, the batch size above all.
    lengths = [
        1 if new == -1 or (isinstance(new, fx.Node) and isinstance(old, torch.SymInt)) else new
        for new, old in zip(shape, own, strict=True)
    ]
    t.add("Expand", [source.name, t.shape(node.name, lengths)], node.name)


def _full(t: Translation, node: fx.Node, shape: Sequence[Any], value: float, **_: Any) -> None:
    filling = helper.make_tensor("value", ONNX_DTYPES[dtype_of(node)], [1], [value])
    t.add("ConstantOfShape", [t.shape(node.name, shape)], node.name, value=filling)


def _full_like(t: Translation, node: fx.Node, source: fx.Node, value: float, **_: Any) -> None:
    filling = helper.make_tensor("value", ONNX_DTYPES[dtype_of(node)], [1], [value])
    shape = t.add("Shape", [source.name], f"{node.name}_shape")
    t.add("ConstantOfShape", [shape], node.name, value=filling)


def _permute(t: Translation, node: fx.Node, source: fx.Node, order: Sequence[int]) -> None:
    if not is_transposed_weight(node):
        axes = [axis % len(order) for axis in order]
        t.add("Transpose", [source.name], node.name, perm=axes)


def _unsqueeze(t: Translation, node: fx.Node, source: fx.Node, axis: int) -> None:
    t.add("Unsqueeze", [source.name, t.integers([axis])], node.name)


def _squeeze(t: Translation, node: fx.Node, source: fx.Node, axes: int | Sequence[int]) -> None:
    given = [axes] if isinstance(axes, int) else axes
    single = [axis for axis in given if shape_of(source)[axis] == 1]
    t.add("Squeeze", [source.name, t.integers(single)], node.name)


def _slice(
    t: Translation,
    node: fx.Node,
    source: fx.Node,
    axis: int = 0,
    start: Any = None,
    end: Any = None,
    step: int = 1,
) -> None:
    if isinstance(start, fx.Node) or isinstance(end, fx.Node):
        raise ExportError("aten.slice cannot be exported with bounds that depend on the batch.")
    bounds = [0 if start is None else start, _LAST if end is None else min(end, _LAST)]
    entries = [t.integers([value]) for value in (*bounds, axis, step)]
    t.add("Slice", [source.name, *entries], node.name)


def _flip(t: Translation, node: fx.Node, source: fx.Node, axes: Sequence[int]) -> None:
    back = [-1] * len(axes)
    entries = [t.integers(values) for values in (back, [-_LAST] * len(axes), axes, back)]
    t.add("Slice", [source.name, *entries], node.name)


def _select(t: Translation, node: fx.Node, source: fx.Node, axis: int, index: int) -> None:
    t.add("Gather", [source.name, t.scalar(index, torch.int64)], node.name, axis=axis)


def _concatenate(t: Translation, node: fx.Node, parts: Sequence[fx.Node], axis: int = 0) -> None:
    t.add("Concat", [part.name for part in parts], node.name, axis=axis)


def _index_select(
    t: Translation, node: fx.Node, source: fx.Node, axis: int, indices: fx.Node
) -> None:
    t.add("Gather", [source.name, indices.name], node.name, axis=axis)


def _border(mode: str) -> Operator:
    def translate(t: Translation, node: fx.Node, source: fx.Node, pads: Sequence[int]) -> None:
        left, right, top, bottom = pads
        widths = t.integers([0, 0, top, left, 0, 0, bottom, right])
        t.add("Pad", [source.name, widths], node.name, mode=mode)

    return translate


def _zero_pad(
    t: Translation, node: fx.Node, source: fx.Node, before: Sequence[int], after: Sequence[int]
) -> None:
    t.add("Pad", [source.name, t.integers([*before, *after])], node.name, mode="constant")


def _reduction(op_type: str) -> Operator:
    def translate(
        t: Translation,
        node: fx.Node,
        source: fx.Node,
        axes: Sequence[int] | None = None,
        keep: bool = False,
        **_: Any,
    ) -> None:
        axes = axes or range(len(shape_of(source)))
        operand = t.operand(source, dtype_of(node))
        t.add(op_type, [operand, t.integers(axes)], node.name, keepdims=int(keep))

    return translate


def _arg_max(t: Translation, node: fx.Node, source: fx.Node, axis: int, keep: bool = False) -> None:
    t.add("ArgMax", [source.name], node.name, axis=axis, keepdims=int(keep))


def _scatter_add(
    t: Translation, node: fx.Node, target: fx.Node, axis: int, indices: fx.Node, source: fx.Node
) -> None:
    inputs = [target.name, indices.name, source.name]
    t.add("ScatterElements", inputs, node.name, axis=axis, reduction="add")


def _gather(
    t: Translation, node: fx.Node, source: fx.Node, axis: int, indices: fx.Node, **_: Any
) -> None:
    t.add("GatherElements", [source.name, indices.name], node.name, axis=axis)


def _length(t: Translation, node: fx.Node, source: fx.Node, axis: int) -> None:
    t.add("Shape", [source.name], node.name, start=axis, end=axis + 1)


def _element_count(t: Translation, node: fx.Node, source: fx.Node) -> None:
    count = t.add("Size", [source.name], f"{node.name}_scalar")
    t.add("Reshape", [count, t.integers([1])], node.name)


def _length_arithmetic(op_type: str) -> Operator:
    def translate(t: Translation, node: fx.Node, left: Any, right: Any) -> None:
        operands = [o.name if isinstance(o, fx.Node) else t.integers([o]) for o in (left, right)]
        t.add(op_type, operands, node.name)

    return translate


OPERATORS: dict[Any, Operator] = {
    aten.relu.default: _unary("Relu"),
    aten.tanh.default: _unary("Tanh"),
    aten.sigmoid.default: _unary("Sigmoid"),
    aten.exp.default: _unary("Exp"),
    aten.expm1.default: _expm1,
    aten.log1p.default: _log1p,
    aten.sin.default: _unary("Sin"),
    aten.cos.default: _unary("Cos"),
    aten.atan.default: _unary("Atan"),
    aten.floor.default: _unary("Floor"),
    aten.ceil.default: _unary("Ceil"),
    aten.round.default: _unary("Round"),
    aten.log.default: _unary("Log"),
    aten.sqrt.default: _unary("Sqrt"),
    aten.rsqrt.default: _reciprocal_root,
    aten.neg.default: _unary("Neg"),
    aten.abs.default: _unary("Abs"),
    aten.sign.default: _unary("Sign"),
    aten.erf.default: _unary("Erf"),
    aten.reciprocal.default: _unary("Reciprocal"),
    aten.logical_not.default: _unary("Not"),
    aten.leaky_relu.default: _leaky_relu,
    aten.elu.default: _elu,
    aten.gelu.default: _gelu,
    aten.hardtanh.default: _hardtanh,
    aten.clamp.default: _clamp,
    aten.softplus.default: _softplus,
    aten._softmax.default: _softmax("Softmax"),
    aten._log_softmax.default: _softmax("LogSoftmax"),
    aten.add.Tensor: _binary("Add"),
    aten.add.Scalar: _binary("Add"),
    aten.sub.Tensor: _binary("Sub"),
    aten.sub.Scalar: _binary("Sub"),
    aten.mul.Tensor: _binary("Mul"),
    aten.mul.Scalar: _binary("Mul"),
    aten.div.Tensor: _binary("Div"),
    aten.div.Scalar: _binary("Div"),
    aten.pow.Tensor_Scalar: _binary("Pow"),
    aten.maximum.default: _binary("Max"),
    aten.minimum.default: _binary("Min"),
    aten.gt.Scalar: _binary("Greater"),
    aten.gt.Tensor: _binary("Greater"),
    aten.ge.Scalar: _binary("GreaterOrEqual"),
    aten.ge.Tensor: _binary("GreaterOrEqual"),
    aten.lt.Scalar: _binary("Less"),
    aten.lt.Tensor: _binary("Less"),
    aten.le.Scalar: _binary("LessOrEqual"),
    aten.le.Tensor: _binary("LessOrEqual"),
    aten.eq.Scalar: _binary("Equal"),
    aten.eq.Tensor: _binary("Equal"),
    aten.ne.Scalar: _not_equal,
    aten.ne.Tensor: _not_equal,
    aten.logical_and.default: _binary("And"),
    aten.logical_or.default: _binary("Or"),
    aten.bitwise_and.Tensor: _binary("And"),
    aten.bitwise_or.Tensor: _binary("Or"),
    aten.where.self: _where,
    aten._to_copy.default: _cast,
    aten.mm.default: _matrix_product,
    aten.bmm.default: _binary("MatMul"),
    aten.addmm.default: _affine_map,
    aten.convolution.default: _convolution,
    aten.max_pool2d_with_indices.default: _max_pool,
    aten.avg_pool2d.default: _average_pool,
    aten.upsample_bilinear2d.default: _resize_bilinear,
    aten.reshape.default: _reshape,
    aten.expand.default: _expand,
    aten.full.default: _full,
    aten.full_like.default: _full_like,
    aten.permute.default: _permute,
    aten.unsqueeze.default: _unsqueeze,
    aten.squeeze.dims: _squeeze,
    aten.slice.Tensor: _slice,
    aten.flip.default: _flip,
    aten.select.int: _select,
    aten.cat.default: _concatenate,
    torch.ops.igan.zero_pad.default: _zero_pad,
    aten.reflection_pad2d.default: _border("reflect"),
    aten.replication_pad2d.default: _border("edge"),
    aten.index_select.default: _index_select,
    aten.argmax.default: _arg_max,
    aten.alias.default: _unary("Identity"),
    aten.sum.dim_IntList: _reduction("ReduceSum"),
    aten.mean.dim: _reduction("ReduceMean"),
    aten.mean.default: _reduction("ReduceMean"),
    aten.sum.default: _reduction("ReduceSum"),
    aten.amax.default: _reduction("ReduceMax"),
    aten.amin.default: _reduction("ReduceMin"),
    aten.scatter_add.default: _scatter_add,
    aten.gather.default: _gather,
    aten.sym_size.int: _length,
    aten.sym_numel.default: _element_count,
    operator.getitem: _item,
    operator.mul: _length_arithmetic("Mul"),
    operator.add: _length_arithmetic("Add"),
    operator.sub: _length_arithmetic("Sub"),
    operator.floordiv: _length_arithmetic("Div"),
}
