"""Batch normalisation in evaluation mode is an affine map: fold it into the layer before it."""

from typing import Any

import torch
from torch import Tensor, fx

from igan.export.tracing import finish, free_name

aten = torch.ops.aten


def fold_batch_norm(graph: fx.GraphModule) -> None:
    """Remove every evaluation-mode batch normalisation from `graph`, in place.

    It goes into the weights of the convolution or linear layer that feeds it (also through a
    reshape that keeps the batch axis); where there is none, a product and a sum take its place.
    """
    for node in list(graph.graph.nodes):
        if node.target is aten._native_batch_norm_legit_no_training.default:
            _fold(graph, node)
    finish(graph)


def _fold(graph: fx.GraphModule, norm: fx.Node) -> None:
    source, *statistics = norm.args[:5]
    gain, shift, mean, variance = (_constant(graph, entry) for entry in statistics)
    assert isinstance(source, fx.Node)
    assert mean is not None
    assert variance is not None
    scale = torch.rsqrt(variance.double() + norm.args[6])  # type: ignore[operator]
    if gain is not None:
        scale = scale * gain.double()
    offset = -mean.double() * scale
    if shift is not None:
        offset = offset + shift.double()
    normalised = next(user for user in norm.users if user.args[1] == 0)
    folded = _fold_into_layer(graph, source, scale, offset)
    if folded is None:
        folded = _affine(graph, norm, source, scale, offset)
    normalised.replace_all_uses_with(folded)


def _fold_into_layer(
    graph: fx.GraphModule, source: fx.Node, scale: Tensor, offset: Tensor
) -> fx.Node | None:
    """The normalised `source`, from the layer that computes it; None if there is no such layer."""
    layer: Any = source
    if layer.target is aten.view.default and _has_batch_in_front(layer):
        layer = layer.args[0]
    if len(source.users) != 1 or len(layer.users) != 1:
        return None
    if layer.target in (aten.mm.default, aten.addmm.default):
        repeats = layer.meta["val"].shape[1] // len(scale)
        folded = _scaled_linear(
            graph, layer, scale.repeat_interleave(repeats), offset.repeat_interleave(repeats)
        )
        return folded if layer is source or folded is None else source
    if layer.target is aten.convolution.default and layer is source:
        return _scaled_convolution(graph, layer, scale, offset)
    return None


def _has_batch_in_front(node: fx.Node) -> bool:
    length = node.meta["val"].shape[0]
    return isinstance(length, torch.SymInt) and length.node.expr.is_Symbol


def _scaled_linear(
    graph: fx.GraphModule, layer: fx.Node, scale: Tensor, offset: Tensor
) -> fx.Node | None:
    operands: list[Any] = list(layer.args)
    bias = operands.pop(0) if layer.target is aten.addmm.default else None
    batch, weight = operands
    transposed = weight.target is aten.permute.default
    stored = weight.args[0] if transposed else weight
    if stored.op != "get_attr" or layer.kwargs:
        return None
    scaled = graph.get_buffer(stored.target) * (scale[:, None] if transposed else scale)
    new_bias = _combined_bias(graph, bias, scale, offset)
    with graph.graph.inserting_before(layer):
        new_weight = _rescaled(graph, stored, scaled)
        if transposed:
            turned = graph.graph.call_function(weight.target, (new_weight, weight.args[1]))
            turned.meta.update(weight.meta)
            new_weight = turned
        bias_node = _add_constant(graph, _bias_name(stored), new_bias, stored)
        folded = graph.graph.call_function(aten.addmm.default, (bias_node, batch, new_weight))
    folded.meta.update(layer.meta)
    layer.replace_all_uses_with(folded)
    return folded


def _scaled_convolution(
    graph: fx.GraphModule, layer: fx.Node, scale: Tensor, offset: Tensor
) -> fx.Node | None:
    weight, bias = layer.args[1:3]
    transposed, groups = layer.args[6], layer.args[8]
    if not isinstance(weight, fx.Node) or weight.op != "get_attr" or (transposed and groups != 1):
        return None
    out_axis = 1 if transposed else 0
    stored = _constant(graph, weight)
    assert stored is not None
    shape = [1] * stored.ndim
    shape[out_axis] = -1
    new_bias = _combined_bias(graph, bias, scale, offset)
    with graph.graph.inserting_before(layer):
        layer.update_arg(1, _rescaled(graph, weight, stored * scale.view(shape)))
        layer.update_arg(2, _add_constant(graph, _bias_name(weight), new_bias, weight))
    return layer


def _affine(
    graph: fx.GraphModule, norm: fx.Node, source: fx.Node, scale: Tensor, offset: Tensor
) -> fx.Node:
    value = source.meta["val"]
    shape = (-1, *[1] * (value.ndim - 2))
    with graph.graph.inserting_before(norm):
        factor = _add_constant(graph, f"{norm.name}_scale", scale.view(shape), source)
        term = _add_constant(graph, f"{norm.name}_offset", offset.view(shape), source)
        product = graph.graph.call_function(aten.mul.Tensor, (source, factor))
        total = graph.graph.call_function(aten.add.Tensor, (product, term))
    product.meta["val"] = total.meta["val"] = value
    return total


def _combined_bias(graph: fx.GraphModule, bias: Any, scale: Tensor, offset: Tensor) -> Tensor:
    old = _constant(graph, bias)
    return offset if old is None else offset + old.double() * scale


def _constant(graph: fx.GraphModule, node: Any) -> Tensor | None:
    return None if node is None else graph.get_buffer(str(node.target))


def _rescaled(graph: fx.GraphModule, weight: fx.Node, value: Tensor) -> fx.Node:
    """The weight with another value; a copy if another layer uses it too."""
    if (
        len(weight.users) > 1
        or len(graph.graph.find_nodes(op="get_attr", target=weight.target)) > 1
    ):
        return _add_constant(graph, str(weight.target), value, weight)
    graph.register_buffer(str(weight.target), value.to(weight.meta["val"].dtype))
    return weight


def _add_constant(graph: fx.GraphModule, wanted: str, value: Tensor, like: fx.Node) -> fx.Node:
    """A new constant of the dtype of `like`, under a name close to `wanted`."""
    value = value.to(like.meta["val"].dtype)
    name = free_name(graph, wanted)
    graph.register_buffer(name, value)
    node = graph.graph.get_attr(name)
    node.meta["val"] = like.meta["val"].fake_mode.from_tensor(value, static_shapes=True)
    return node


def _bias_name(weight: Any) -> str:
    return str(weight.target).removesuffix("weight") + "bias"
