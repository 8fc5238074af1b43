"""Maxima along an axis, variances: over axes of known length, or over the batch."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

aten = torch.ops.aten


def max_along(source: Tensor, dim: int, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    """The gradient goes to the one place that was found."""
    places = aten.argmax.default(source, dim, True)
    values = aten.gather.default(source, dim, places)
    return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))


def min_along(source: Tensor, dim: int, keepdim: bool = False) -> tuple[Tensor, Tensor]:
    values, places = max_along(-source, dim, keepdim)
    return -values, places


def variance_and_mean(
    source: Tensor,
    dim: Sequence[int] | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
) -> tuple[Tensor, Tensor]:
    axes = list(range(source.ndim)) if dim is None else list(dim)
    count = math.prod(source.shape[axis] for axis in axes)
    mean = source.mean(axes, keepdim=True)
    deviation = source - mean
    total = (deviation * deviation).sum(axes, keepdim=keepdim)
    variance = total / (count - (1 if correction is None else correction))
    return variance, mean if keepdim else mean.squeeze(axes)


def variance(
    source: Tensor,
    dim: Sequence[int] | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
) -> Tensor:
    return variance_and_mean(source, dim, correction=correction, keepdim=keepdim)[0]


def standard_deviation(
    source: Tensor,
    dim: Sequence[int] | None = None,
    *,
    correction: float | None = None,
    keepdim: bool = False,
) -> Tensor:
    return variance(source, dim, correction=correction, keepdim=keepdim).sqrt()
