"""The average of candidates (Zhu, Lee and Efros 2014, "AverageExplorer").

Each candidate counts by how well it meets what was drawn: w_i = exp(-(E_i - mean E) / std E), as in
the released code of Zhu et al. 2016, normalised to sum one.
"""

import torch
from torch import Tensor

from serve.latent.bounds import Bounds


def candidate_weights(objectives: Tensor) -> Tensor:
    """Weights (N,) of sum one from objectives (N,); equal where the objectives are."""
    spread = objectives.std(correction=0)
    scaled = (objectives - objectives.mean()) / spread if spread > 0 else 0 * objectives
    return torch.softmax(-scaled, 0)


def average_picture(images: Tensor, weights: Tensor) -> Tensor:
    """The weighted mean of images (N, C, S, S): (C, S, S); blurred where they disagree."""
    return torch.tensordot(weights, images, dims=1)


def average_latent(latents: Tensor, weights: Tensor, bounds: Bounds) -> Tensor:
    """The weighted mean of latents (N, latent_dim): (latent_dim,), whose picture is a sharp one."""
    return bounds.clamp(weights @ latents)
