"""Normalisations, as they act in evaluation mode."""

import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.registry import Function, Node, operator


@operator("BatchNormalization")
def batch_norm(node: Node) -> Function:
    epsilon = node.number("epsilon", 1e-5)
    node.ignore("momentum", "spatial")
    if node.integer("training_mode", 0) or any(map(node.has_output, range(1, node.output_count))):
        raise node.refuse("is in training mode; export the generator in evaluation mode")

    def run(source: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
        return functional.batch_norm(source, mean, variance, scale, bias, False, 0.0, epsilon)

    return run


@operator("InstanceNormalization")
def instance_norm(node: Node) -> Function:
    epsilon = node.number("epsilon", 1e-5)

    def run(source: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
        return functional.instance_norm(source, weight=scale, bias=bias, eps=epsilon)

    return run


@operator("GroupNormalization")
def group_norm(node: Node) -> Function:
    groups, epsilon = node.integer("num_groups", 1), node.number("epsilon", 1e-5)
    node.ignore("stash_type")

    def run(source: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
        channels = source.shape[1]
        if scale.shape[0] != channels:  # Before opset 21 one for each group.
            scale = scale.repeat_interleave(channels // groups)
            bias = bias.repeat_interleave(channels // groups)
        return functional.group_norm(source, groups, scale, bias, epsilon)

    return run


@operator("LayerNormalization")
def layer_norm(node: Node) -> Function:
    axis, epsilon = node.integer("axis", -1), node.number("epsilon", 1e-5)
    node.ignore("stash_type")
    if node.has_output(1) or node.has_output(2):
        raise node.refuse("also gives its statistics, which is not supported")

    def run(source: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
        shape = source.shape[axis % source.ndim :]
        if scale.shape == shape and (bias is None or bias.shape == shape):
            return functional.layer_norm(source, shape, scale, bias, epsilon)
        normalised = functional.layer_norm(source, shape, eps=epsilon) * scale
        return normalised if bias is None else normalised + bias

    return run


@operator("RMSNormalization")
def root_mean_square_norm(node: Node) -> Function:
    axis, epsilon = node.integer("axis", -1), node.number("epsilon", 1e-5)
    node.ignore("stash_type")

    def run(source: Tensor, scale: Tensor) -> Tensor:
        axes = list(range(axis % source.ndim, source.ndim))
        mean_square = (source * source).mean(axes, keepdim=True)
        return source * torch.rsqrt(mean_square + epsilon) * scale

    return run


@operator("MeanVarianceNormalization")
def mean_variance_norm(node: Node) -> Function:
    axes = list(node.integers("axes") or (0, 2, 3))

    def run(source: Tensor) -> Tensor:
        deviation = source - source.mean(axes, keepdim=True)
        return deviation / (torch.sqrt((deviation * deviation).mean(axes, keepdim=True)) + 1e-9)

    return run


@operator("LpNormalization")
def lp_norm(node: Node) -> Function:
    axis, order = node.integer("axis", -1), node.integer("p", 2)
    if order not in (1, 2):
        raise node.refuse(f"divides by the {order}-norm, but only p of 1 and 2 exist")

    def run(source: Tensor) -> Tensor:
        if order == 1:
            return source / source.abs().sum(axis, keepdim=True)
        return source / torch.sqrt((source * source).sum(axis, keepdim=True))

    return run


@operator("Dropout")
def dropout(node: Node) -> Function:
    node.ignore("ratio", "seed")
    if node.has_output(1):
        raise node.refuse("also gives its mask, which is not supported")

    def run(source: Tensor, ratio: Tensor | None = None, training: Tensor | None = None) -> Tensor:
        if training is not None:
            raise node.refuse("may be in training mode; export the generator in evaluation mode")
        return source

    return run
