"""Activation functions."""

import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.registry import Function, Node, operator


@operator("Relu")
def relu(node: Node) -> Function:
    return torch.relu


@operator("Tanh")
def tanh(node: Node) -> Function:
    return torch.tanh


@operator("Sigmoid")
def sigmoid(node: Node) -> Function:
    return torch.sigmoid


@operator("LeakyRelu")
def leaky_relu(node: Node) -> Function:
    slope = node.number("alpha", 0.01)
    return lambda source: functional.leaky_relu(source, slope)


@operator("PRelu")
def parametric_relu(node: Node) -> Function:
    return lambda source, slope: torch.where(source < 0, source * slope, source)


@operator("Elu")
def elu(node: Node) -> Function:
    alpha = node.number("alpha", 1.0)
    return lambda source: functional.elu(source, alpha)


@operator("Selu")
def selu(node: Node) -> Function:
    alpha, gamma = node.number("alpha", 1.67326319), node.number("gamma", 1.05070102)
    return lambda source: functional.elu(source, alpha) * gamma


@operator("Celu")
def celu(node: Node) -> Function:
    alpha = node.number("alpha", 1.0)
    return lambda source: functional.celu(source, alpha)


@operator("Gelu")
def gelu(node: Node) -> Function:
    approximate = node.text("approximate", "none", ("none", "tanh"))
    return lambda source: functional.gelu(source, approximate=approximate)


@operator("Softplus")
def softplus(node: Node) -> Function:
    return functional.softplus


@operator("Softsign")
def softsign(node: Node) -> Function:
    return lambda source: source / (1 + source.abs())


@operator("Mish")
def mish(node: Node) -> Function:
    return lambda source: source * torch.tanh(functional.softplus(source))


@operator("HardSigmoid")
def hard_sigmoid(node: Node) -> Function:
    slope, offset = node.number("alpha", 0.2), node.number("beta", 0.5)
    return lambda source: functional.hardtanh(source * slope + offset, 0.0, 1.0)


@operator("HardSwish")
def hard_swish(node: Node) -> Function:
    return lambda source: source * functional.hardtanh(source / 6 + 0.5, 0.0, 1.0)


@operator("ThresholdedRelu")
def thresholded_relu(node: Node) -> Function:
    threshold = node.number("alpha", 1.0)
    return lambda source: torch.where(source > threshold, source, torch.zeros_like(source))


@operator("Softmax")
def softmax(node: Node) -> Function:
    return _over_axis(node, torch.softmax)


@operator("LogSoftmax")
def log_softmax(node: Node) -> Function:
    return _over_axis(node, torch.log_softmax)


def _over_axis(node: Node, function: Function) -> Function:
    if node.opset >= 13:
        axis = node.integer("axis", -1)
        return lambda source: function(source, axis)
    first = node.integer("axis", 1)

    def run(source: Tensor) -> Tensor:
        """Before opset 13 the axes from `axis` on count as one."""
        if first in (-1, source.ndim - 1):
            return function(source, -1)
        return function(source.flatten(first), -1).reshape(source.shape)

    return run
