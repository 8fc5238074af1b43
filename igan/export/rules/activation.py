"""Activations whose derivatives Torch cannot trace with a free batch size, or only unstably."""

import torch
from torch import Tensor

aten = torch.ops.aten


def glu(source: Tensor, dim: int = -1) -> Tensor:
    half = source.shape[dim] // 2
    value = aten.slice.Tensor(source, dim, 0, half)
    gate = aten.slice.Tensor(source, dim, half, 2 * half)
    return value * torch.sigmoid(gate)


def softplus_backward(grad_output: Tensor, source: Tensor, beta: float, threshold: float) -> Tensor:
    """Torch's straight line above the threshold differs from this by less than its rounding."""
    return grad_output * torch.sigmoid(source * beta if beta != 1 else source)


def softshrink(source: Tensor, lambd: float = 0.5) -> Tensor:
    return source - torch.clamp(source, -lambd, lambd)


def rrelu_with_noise(
    source: Tensor,
    noise: Tensor,
    lower: float = 0.125,
    upper: float = 1 / 3,
    training: bool = False,
    generator: None = None,
) -> Tensor:
    """In evaluation mode the slope is the mean one."""
    return torch.nn.functional.leaky_relu(source, (lower + upper) / 2)


def rrelu_with_noise_functional(
    source: Tensor,
    noise: Tensor,
    lower: float = 0.125,
    upper: float = 1 / 3,
    training: bool = False,
    generator: None = None,
) -> tuple[Tensor, Tensor]:
    return rrelu_with_noise(source, noise, lower, upper, training, generator), noise
