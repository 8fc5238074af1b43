"""The error of the colouring brush, with a gradient written by hand for the editor."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from serve.latent.raster.maps import ColourMap


def colour_errors(images: Tensor, maps: Sequence[ColourMap]) -> Tensor:
    """Mean over marked pixels and channels of the squared colour error, one for each map: (K, N).

    The mean is weighted by coverage; strengths scale its parts.

    Args:
        images: (N, C, S, S) in [-1, 1]; differentiable once.
        maps: K of them.
    """
    errors: Tensor = _ColourErrors.apply(images, maps)
    return errors


class _ColourErrors(torch.autograd.Function):
    """Reads and keeps only the box that holds what a map marks."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, maps: Sequence[ColourMap]) -> Tensor:
        errors, slopes = [], []
        for marked in maps:
            difference = images[:, :, *marked.box] - marked.box_colour.to(images)
            slope = difference * marked.shares.to(images)
            errors.append(difference.mul_(slope).flatten(1).sum(1))
            slopes.append(slope)
        ctx.shape, ctx.boxes = images.shape, [marked.box for marked in maps]
        ctx.save_for_backward(*slopes)
        return torch.stack(errors)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        whole = grad.new_zeros(ctx.shape)
        pulls = (2 * grad)[..., None, None, None]
        for slope, box, pull in zip(ctx.saved_tensors, ctx.boxes, pulls, strict=True):
            whole[:, :, *box].addcmul_(slope, pull)
        return whole, None
