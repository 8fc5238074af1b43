"""Random pictures of a generator to be measured: of a network, a run folder or a bundle."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from igan.errors import RunError
from igan.evaluation.batch_statistics import estimate_batch_statistics
from igan.evaluation.repeatable import load_repeatably
from igan.run_folder import RunFolder
from serve.bundle.prior import Prior, sample_prior
from serve.photo.pixels import tensor_to_pixels

AT_ONCE = 64
STATISTICS_BATCHES = 16
_STATISTICS_SEED = 1_000_003

Progress = Callable[[int], object]


def pictures_of_network(
    generator: Callable[[Tensor], Tensor],
    latents: Tensor,
    progress: Progress = lambda pictures: None,
) -> npt.NDArray[np.uint8]:
    """Pictures `uint8 (N, S, S, C)` of latents `(N, latent_dim)`, `AT_ONCE` together.

    A network must be in evaluation mode. `progress` gets the number of each part that is done.
    """
    parts = []
    with torch.no_grad():
        for part in latents.split(AT_ONCE):
            parts.append(tensor_to_pixels(generator(part)))
            progress(len(part))
    return np.concatenate(parts)


def pictures_of_run(
    run: Path,
    count: int,
    seed: int = 0,
    progress: Progress = lambda pictures: None,
    best: bool = False,
) -> npt.NDArray[np.uint8]:
    """Pictures of a run's averaged generator, its batch statistics estimated anew.

    `best` takes that of the best checkpoint instead of the newest.

    Raises:
        RunError: the folder holds no generator.
    """
    trained = RunFolder(run).load_networks(best=best)
    if "generator" not in trained.networks:
        raise RunError(f"{run} holds no generator; name the run of a GAN or a projector.")
    generator = trained.networks["generator"]
    latent = trained.record["latent"]
    renew_statistics(generator, latent["prior"], latent["dim"])
    latents = seeded_latents(latent["prior"], count, latent["dim"], seed)
    return pictures_of_network(generator, latents, progress)


def pictures_of_bundle(
    bundle: Path, count: int, seed: int = 0, progress: Progress = lambda pictures: None
) -> npt.NDArray[np.uint8]:
    """Pictures of an exported generator, whose ONNX file is run by ONNX Runtime.

    Raises:
        BundleError: there is no such bundle, or it is damaged.
    """
    loaded = load_repeatably(bundle)
    return pictures_of_network(loaded.generator, loaded.sample_latents(count, seed), progress)


def renew_statistics(generator: nn.Module, prior: Prior, latent_dim: int) -> None:
    """Set batch statistics to those over fixed draws of the prior; the random state stays."""
    draws = seeded_latents(prior, STATISTICS_BATCHES * AT_ONCE, latent_dim, _STATISTICS_SEED)
    device = next(generator.parameters()).device
    estimate_batch_statistics(generator, (part.to(device) for part in draws.split(AT_ONCE)))


def seeded_latents(prior: Prior, count: int, latent_dim: int, seed: int) -> Tensor:
    """Latents `float32 (count, latent_dim)` that depend on the seed alone."""
    return sample_prior(prior, count, latent_dim, torch.Generator().manual_seed(seed))
