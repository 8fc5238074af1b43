"""Averaged weights: what is sampled, measured and exported."""

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

Tensors: TypeAlias = tuple[Tensor, ...] | list[Tensor]


def averaged_copy(network: nn.Module, decay: float) -> AveragedModel:
    """A frozen running average of `network`'s weights and batch statistics.

    The decay starts low and rises to `decay`, min(decay, (1 + n) / (10 + n)) at update n, so that
    the random weights at the start of a run are soon forgotten. Call `update_parameters(network)`
    after each step.
    """
    return AveragedModel(
        network, multi_avg_fn=_ramped_average(decay), use_buffers=True
    ).requires_grad_(False)


def _ramped_average(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    @torch.no_grad()
    def update(averaged: Tensors, current: Tensors, updates: Tensor | int) -> None:
        share_of_new = 1 - torch.clamp(torch.as_tensor((1 + updates) / (10 + updates)), max=decay)
        for mean, value in zip(averaged, current, strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, share_of_new.to(mean.dtype))
            else:
                mean.copy_(value)

    return update
