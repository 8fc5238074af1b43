"""The prior over latents, by its name in the manifest."""

from typing import Literal

import torch
from torch import Tensor

Prior = Literal["uniform", "normal"]


def sample_prior(
    prior: Prior,
    count: int,
    latent_dim: int,
    generator: torch.Generator | None = None,
    device: torch.device | str = "cpu",
) -> Tensor:
    """Draw `float32 (count, latent_dim)`: uniform on [-1, 1] as the paper does, or normal."""
    if prior == "normal":
        return torch.randn(count, latent_dim, generator=generator, device=device)
    return torch.rand(count, latent_dim, generator=generator, device=device) * 2 - 1


def prior_bounds(prior: Prior) -> tuple[float, float] | None:
    """The box that holds every latent of the prior, or None where there is none."""
    return None if prior == "normal" else (-1.0, 1.0)


def relative_lengths(latents: Tensor, prior: Prior) -> Tensor:
    """Lengths (N,) of latents (N, d); 1 is the root mean square of those drawn from the prior."""
    variance = 1.0 if prior == "normal" else 1 / 3
    return latents.norm(dim=1) / (latents.shape[1] * variance) ** 0.5
