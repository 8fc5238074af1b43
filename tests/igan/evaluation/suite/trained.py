"""A small trained model and the photos that it was trained on, whose defects are planted."""

from pathlib import Path

import torch
from torch import Tensor, nn

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.models.projector import Projector
from serve.bundle.manifest import LatentSpec
from serve.bundle.prior import prior_bounds
from tests.bundles import TinyFeatures, liven_up
from tests.stores import tiny_store

SIZE, LATENT_DIM, WIDTH = 32, 16, 8
STEPS, BATCH = 200, 24
DRAWN_BY = 6


def pictures_of(latents: Tensor) -> Tensor:
    """What `tests.stores.tiny_store` draws, by the first latents: (N, 3, SIZE, SIZE) in [-1, 1]."""
    ramp = torch.linspace(0, 1, SIZE)
    slope_x, slope_y = latents[:, :3, None, None], latents[:, 3:DRAWN_BY, None, None]
    return (128 + 60 * (slope_x * ramp[None, :] + slope_y * ramp[:, None])) / 127.5 - 1


def trained_networks(seed: int = 0) -> tuple[Generator, Projector]:
    """A generator that draws such pictures, and a projector that finds their latents."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        generator = Generator(SIZE, 3, LATENT_DIM, WIDTH)
        projector = Projector(SIZE, 3, LATENT_DIM, WIDTH, bounded=True)
        liven_up(generator)
        optimizer = torch.optim.Adam([*generator.parameters(), *projector.parameters()], 5e-3)
        for step in range(STEPS):
            for group in optimizer.param_groups:
                group["lr"] = 5e-3 * (1 - step / STEPS)
            latents = torch.rand(BATCH, LATENT_DIM) * 2 - 1
            pictures = pictures_of(latents)
            loss = (generator(latents) - pictures).square().mean()
            loss = loss + (projector(pictures) - latents)[:, :DRAWN_BY].square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return generator.eval(), projector.eval()


def add_noise(network: nn.Module, share: float, seed: int = 0) -> None:
    """Disturb every weight by a normal one of `share` of its tensor's deviation."""
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            noise = torch.randn(weight.shape, generator=draw)
            weight += share * weight.std() * noise


def export(folder: Path, name: str, generator: Generator, projector: Projector | None) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        features = TinyFeatures(3)
    export_bundle(
        folder / name,
        name=name,
        generator=generator,
        latent=LatentSpec(LATENT_DIM, "uniform", prior_bounds("uniform")),
        projector=projector,
        features=features,
        feature_weight=0.2,
    )
    return folder / name


def photo_store(folder: Path, count: int = 240) -> Path:
    return tiny_store(folder / "photos.lmdb", count=count, size=SIZE)
