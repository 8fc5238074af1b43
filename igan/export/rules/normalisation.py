"""Normalisations by the statistics of each image alone."""

import math

import torch
from torch import Tensor

aten = torch.ops.aten


def native_group_norm(
    source: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    batch: int,
    channels: int,
    pixels: int,
    groups: int,
    eps: float,
) -> tuple[Tensor, Tensor, Tensor]:
    grouped = source.reshape(source.shape[0], groups, channels // groups * pixels)
    mean = grouped.mean(2, keepdim=True)
    deviation = grouped - mean
    scale = torch.rsqrt((deviation * deviation).mean(2, keepdim=True) + eps)
    result = (deviation * scale).reshape(source.shape)
    shape = (1, channels, *[1] * (source.ndim - 2))
    if weight is not None:
        result = result * weight.reshape(shape)
    if bias is not None:
        result = result + bias.reshape(shape)
    return result, mean.squeeze(2), scale.squeeze(2)


def instance_norm(
    source: Tensor,
    weight: Tensor | None,
    bias: Tensor | None,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    cudnn_enabled: bool,
) -> Tensor:
    """A group for each channel; with running statistics, batch normalisation."""
    if not use_input_stats:
        return aten.batch_norm.default(
            source, weight, bias, running_mean, running_var, False, momentum, eps, False
        )
    channels, pixels = source.shape[1], math.prod(source.shape[2:])
    batch = source.shape[0]
    return native_group_norm(source, weight, bias, batch, channels, pixels, channels, eps)[0]
