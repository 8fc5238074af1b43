"""A small bundle with random weights, for the tests of every room that needs one."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from igan.export import export_bundle
from igan.models.dcgan import Generator
from igan.models.features import AlexNetFeatures
from igan.models.projector import Projector
from serve.bundle.manifest import LatentSpec
from serve.bundle.prior import Prior, prior_bounds


class TinyFeatures(nn.Sequential):
    """A feature space that costs nothing: two convolutions and an overlapping max-pooling."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            nn.Conv2d(channels, 8, 5, stride=2, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(8, 16, 3, padding=1),
            nn.ReLU(),
        )


def tiny_generator(
    image_size: int = 32, channels: int = 3, latent_dim: int = 16, width: int = 8, seed: int = 0
) -> Generator:
    """A DCGAN generator whose random images differ from latent to latent."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        generator = Generator(image_size, channels, latent_dim, width)
        liven_up(generator)
    return generator.eval()


def liven_up(network: nn.Module) -> None:
    """Random weights of gain one, and statistics that batch normalisation must take account of."""
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            # At stride 2 a quarter of a transposed kernel falls on each pixel.
            transposed = isinstance(module, nn.ConvTranspose2d)
            fan_in = module.weight[:, 0].numel() / 4 if transposed else module.weight[0].numel()
            nn.init.normal_(module.weight, 0.0, (2 / fan_in) ** 0.5)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            state = module.state_dict(keep_vars=True)
            nn.init.uniform_(state["weight"], 0.5, 1.5)
            nn.init.normal_(state["bias"], 0.0, 0.2)
            nn.init.normal_(state["running_mean"], 0.0, 0.2)
            nn.init.uniform_(state["running_var"], 0.5, 1.5)


def tiny_bundle(
    path: Path,
    *,
    name: str = "tiny",
    image_size: int = 32,
    channels: int = 3,
    latent_dim: int = 16,
    width: int = 8,
    prior: Prior = "uniform",
    projector: bool = True,
    features: Literal["tiny", "alexnet"] | None = "tiny",
    feature_weight: float = 0.2,
    seed: int = 0,
) -> Path:
    """Export random networks to the new folder `path` and return it.

    A DCGAN generator, a projector (not trained: its answers mean nothing) and a feature space:
    "tiny" (two convolutions), "alexnet" (the real one, slower) or None. A bundle that was asked
    for before in the same process is copied.
    """
    kept = _exported(
        name,
        image_size,
        channels,
        latent_dim,
        width,
        prior,
        projector,
        features,
        feature_weight,
        seed,
    )
    return shutil.copytree(kept, path)


@functools.cache
def _exported(
    name: str,
    image_size: int,
    channels: int,
    latent_dim: int,
    width: int,
    prior: Prior,
    projector: bool,
    features: str | None,
    feature_weight: float,
    seed: int,
) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="igan-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    bundle = folder / "bundle"
    with torch.random.fork_rng():
        torch.manual_seed(seed + 1)
        encoder = Projector(image_size, channels, latent_dim, width, bounded=prior == "uniform")
        feature_space = TinyFeatures(channels) if features == "tiny" else None
    export_bundle(
        bundle,
        name=name,
        generator=tiny_generator(image_size, channels, latent_dim, width, seed),
        latent=LatentSpec(latent_dim, prior, prior_bounds(prior)),
        projector=encoder if projector else None,
        features=AlexNetFeatures() if features == "alexnet" else feature_space,
        feature_weight=0.0 if features is None else feature_weight,
    )
    return bundle
