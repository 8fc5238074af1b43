"""A model small enough to reason about: torch modules behind the attributes of a bundle."""

from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

LATENT_DIM = 6
SIZE = 8


def tiny_generator(channels: int = 3) -> nn.Module:
    """A fixed smooth map from latents to 8x8 images."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        first, second = nn.Linear(LATENT_DIM, 32), nn.Linear(32, channels * SIZE * SIZE)
    first.weight.data *= 4
    second.weight.data *= 2
    shape = nn.Unflatten(1, (channels, SIZE, SIZE))
    return nn.Sequential(first, nn.Softplus(), second, nn.Tanh(), shape).requires_grad_(False)


def tiny_model(
    channels: int = 3,
    with_projector: bool = True,
    bounds: tuple[float, float] | None = (-1.0, 1.0),
) -> Any:
    """A generator, a feature network and a projector that is near for some latents, all seeded."""
    generator = tiny_generator(channels)
    with torch.random.fork_rng():
        torch.manual_seed(6)
        features = nn.Sequential(nn.Conv2d(channels, 4, 3), nn.Softplus()).requires_grad_(False)
        linear = nn.Linear(channels * SIZE * SIZE, LATENT_DIM, bias=False).requires_grad_(False)
        z = torch.rand(400, LATENT_DIM) * 2 - 1
        linear.weight.data = torch.linalg.lstsq(generator(z).flatten(1), z).solution.T.contiguous()

    def sample_latents(count: int, seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        return torch.rand(count, LATENT_DIM, generator=generator) * 2 - 1

    return SimpleNamespace(
        generator=generator,
        features=features,
        projector=nn.Sequential(nn.Flatten(), linear) if with_projector else None,
        discriminator=None,
        arrays={},
        sample_latents=sample_latents,
        manifest=SimpleNamespace(
            name="tiny",
            image=SimpleNamespace(size=SIZE, channels=channels),
            latent=SimpleNamespace(dim=LATENT_DIM, bounds=bounds, prior="uniform"),
            arrays=None,
            feature_weight=0.1,
        ),
    )
