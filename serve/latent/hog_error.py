"""The error of the sketching brush, with a gradient written by hand.

An editor asks for it at every step, of one picture or of 64, so it reads only the pixels that the
marked cells reach, and a few pictures at a time, whose histograms then stay in the processor's
cache. Written by autograd over `serve.latent.hog` it takes several times as long.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from serve.latent.hog import (
    FLAT,
    HOG_ORIENTATIONS,
    along_directions,
    onto_pixels,
    operators,
    squared_gradient,
)
from serve.latent.raster.maps import HogMap

VALUES_AT_ONCE = 2**17
"""Numbers of the largest intermediate map, half a megabyte in float32."""


def hog_errors(images: Tensor, maps: Sequence[HogMap]) -> Tensor:
    """Mean over cells of ||HOG of the image - target||^2, one for each map: (K, N).

    The mean is weighted by how much of what was drawn lies in a cell; strengths scale its parts.

    Args:
        images: (N, C, S, S) in [-1, 1]; differentiable once.
        maps: K of them.
    """
    errors: Tensor = _HogErrors.apply(images, maps)
    return errors


class _HogErrors(torch.autograd.Function):
    """The gradient is found beside the error; it is the same for every channel."""

    @staticmethod
    def forward(ctx: Any, images: Tensor, maps: Sequence[HogMap]) -> Tensor:
        found = [_error_and_slope(images, marked, ctx.needs_input_grad[0]) for marked in maps]
        ctx.shape, ctx.maps = images.shape, maps
        ctx.save_for_backward(*(slope for _, slope in found))
        return torch.stack([error for error, _ in found])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        whole = grad.new_zeros(ctx.shape)
        for slope, marked, pull in zip(ctx.saved_tensors, ctx.maps, grad, strict=True):
            rows, columns = operators(whole, marked.window)
            whole[:, :, rows.read, columns.read] += (slope * pull[:, None, None])[:, None]
        return whole, None


def _error_and_slope(
    images: Tensor, marked: HogMap, with_slope: bool
) -> tuple[Tensor, Tensor | None]:
    """The error (N,), and its gradient by a channel of the pixels that are read."""
    rows, columns = operators(images, marked.window)
    pixels = rows.pool.shape[1] * columns.pool.shape[1]
    parts = images.split(max(1, VALUES_AT_ONCE // (HOG_ORIENTATIONS * pixels)))
    found = [_part(part, marked, with_slope) for part in parts]
    if len(found) == 1:
        return found[0]
    errors, slopes = zip(*found, strict=True)
    return torch.cat(errors), torch.cat(slopes) if with_slope else None


def _part(images: Tensor, marked: HogMap, with_slope: bool) -> tuple[Tensor, Tensor | None]:
    """Of few images; the names are those of the formula in `serve.latent.hog`.

    With u = gx cos t_k + gy sin t_k and e_k = w u^8 / m^7, the derivative of e_k is
    8 w u^7 / m^7 by u, and besides -7 w u^8 / m^9 times gx by gx and times gy by gy.
    """
    rows, columns = operators(images, marked.window)
    along = along_directions(images, rows, columns)
    squared = squared_gradient(along)
    size = squared.sqrt().mul_(marked.mask[rows.pooled, columns.pooled].to(images))
    share = along.square().div_(squared)
    cubed = share.square().mul_(share)
    cells = rows.pool @ (share.mul_(cubed).mul_(size) @ columns.pool.T)
    length = cells.square().sum(1, keepdim=True).add_(FLAT**2).sqrt_()
    cells /= length
    difference = cells - marked.window_target.to(images)
    shares = marked.shares.to(images)
    error = (difference.square() * shares).flatten(1).sum(1)
    if not with_slope:
        return error, None
    difference *= 2 * shares / length
    difference -= cells * (cells * difference).sum(1, keepdim=True)
    pulls = rows.pool.T @ (difference @ columns.pool)
    pulls.mul_(cubed).mul_(along).mul_(size.div_(squared))
    radial = (pulls * along).sum(1, keepdim=True).mul_(-7).div_(squared)
    pulls *= 8
    pulls[:, ::4].addcmul_(along[:, ::4], radial)
    return error, onto_pixels(pulls, images.shape[1], rows, columns)
