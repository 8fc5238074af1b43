"""The editing objective, term by term (Zhu et al. 2016, equation 5)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from serve.latent.raster import ColourMap, GridConstraints


@dataclass(frozen=True)
class ObjectiveWeights:
    """How much each term counts.

    Attributes:
        colour: of the mean squared colour error, images and colours in [-1, 1] as in the released
            code. On a 64-wide generator of shoes this recolours the shoe and keeps its shape with
            the paper's smoothness; in [0, 1] strokes were half followed, and the sum over channels
            in place of the mean brought artefacts.
        smoothness: lambda_s of the paper, of the mean squared move of the latent.
    """

    colour: float = 1.0
    smoothness: float = 5.0

    def __post_init__(self) -> None:
        for name, weight in vars(self).items():
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"the weight {name} is {weight}; it must be finite and not < 0")


@dataclass(frozen=True)
class EditTerms:
    """The terms of the objective before their weights, and their weighted sum, each (N,)."""

    colour: Tensor
    smoothness: Tensor
    total: Tensor


def colour_term(images: Tensor, marked: ColourMap) -> Tensor:
    """Mean over marked pixels and channels of the squared colour error: (N, C, S, S) -> (N,).

    f_g of the colouring brush is the pixel's colour. The mean is weighted by coverage; a stroke's
    strength scales its part of the sum and not the area, so that half the strength is half the
    term. `images` are in [-1, 1].
    """
    error = (images - marked.colour).square().mean(1)
    return (error * marked.weight).flatten(1).sum(1) / marked.coverage.sum()


def smoothness_term(z: Tensor, start: Tensor) -> Tensor:
    """Mean over latent dimensions of (z - z0)^2, for each candidate: (N, latent_dim) -> (N,)."""
    return (z - start).square().mean(1)


def edit_terms(
    images: Tensor,
    z: Tensor,
    start: Tensor,
    constraints: GridConstraints,
    weights: ObjectiveWeights,
) -> EditTerms:
    """The objective of each candidate; a term without constraints is zero.

    Args:
        images: G(z), (N, C, S, S) in [-1, 1].
        z, start: (N, latent_dim).
    """
    smoothness = smoothness_term(z, start)
    if constraints.colour is None:
        colour = torch.zeros_like(smoothness)
    else:
        colour = colour_term(images, constraints.colour)
    return EditTerms(
        colour=colour,
        smoothness=smoothness,
        total=weights.colour * colour + weights.smoothness * smoothness,
    )
