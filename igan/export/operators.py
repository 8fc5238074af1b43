"""What each operator of core ATen becomes in ONNX (opset 20).

A translation takes the arguments of its ATen operator, by the same names where they are given by
keyword. An operator that is not in the table cannot be exported.
"""

import operator
from collections.abc import Sequence
from typing import Any

import torch
from onnx import helper
from torch import fx

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
    if scale != 1 or input_scale != 1:
        raise ExportError("aten.elu can be exported with its standard scales alone.")
    t.add("Elu", [source.name], node.name, alpha=float(alpha))


def _gelu(t: Translation, node: fx.Node, source: fx.Node, *, approximate: str = "none") -> None:
    t.add("Gelu", [source.name], node.name, approximate=approximate)


def _reciprocal_root(t: Translation, node: fx.Node, source: fx.Node) -> None:
    t.add("Reciprocal", [t.add("Sqrt", [source.name], f"{node.name}_root")], node.name)


def _softmax(t: Translation, node: fx.Node, source: fx.Node, axis: int, _: bool) -> None:
    t.add("Softmax", [source.name], node.name, axis=axis)


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
    if divisor_override is not None:
        raise ExportError("aten.avg_pool2d cannot be exported with a divisor of its own.")
    t.add(
        "AveragePool",
        [source.name],
        node.name,
        kernel_shape=_both(kernel_size),
        strides=_both(stride or kernel_size),
        pads=_both(padding) * 2,
        ceil_mode=int(ceil_mode),
        count_include_pad=int(count_include_pad),
    )


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
    height, width = shape_of(source)[2:]
    factors = [scales_h or output_size[0] / height, scales_w or output_size[1] / width]
    name = f"{node.name}_factors"
    t.constants[name] = torch.tensor([1.0, 1.0, *factors])
    mode = "align_corners" if align_corners else "half_pixel"
    t.add(
        "Resize",
        [source.name, "", name],
        node.name,
        mode="linear",
        coordinate_transformation_mode=mode,
    )


def _reshape(t: Translation, node: fx.Node, source: fx.Node, shape: Sequence[Any]) -> None:
    lengths = [-1 if isinstance(length, fx.Node) else length for length in shape]
    if lengths.count(-1) > 1:
        raise ExportError(f"{node.target} to several axes that depend on the batch size.")
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


def _pad(
    t: Translation, node: fx.Node, source: fx.Node, pads: Sequence[int], value: float = 0.0
) -> None:
    rank = len(shape_of(source))
    before, after = [0] * rank, [0] * rank
    for place in range(len(pads) // 2):
        before[rank - 1 - place], after[rank - 1 - place] = pads[2 * place : 2 * place + 2]
    filling = t.scalar(value, dtype_of(node))
    t.add("Pad", [source.name, t.integers(before + after), filling], node.name)


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
        t.add(op_type, [source.name, t.integers(axes)], node.name, keepdims=int(keep))

    return translate


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
    aten._softmax.default: _softmax,
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
    aten.permute.default: _permute,
    aten.unsqueeze.default: _unsqueeze,
    aten.squeeze.dims: _squeeze,
    aten.slice.Tensor: _slice,
    aten.flip.default: _flip,
    aten.select.int: _select,
    aten.cat.default: _concatenate,
    aten.constant_pad_nd.default: _pad,
    aten.sum.dim_IntList: _reduction("ReduceSum"),
    aten.mean.dim: _reduction("ReduceMean"),
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
