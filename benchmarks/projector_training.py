"""Which recipe for the projection network P lowers the held-out loss most in the same CPU time?

Each recipe trains a fresh P against the generator of a GAN run for as many seconds of CPU time, on
one thread. What counts is the exact projection loss of the averaged P on held-out photos that have
no near-duplicate among the training photos; the loss on training photos beside it shows
overfitting. The paper's way is the first recipe.

    python benchmarks/projector_training.py [RUN STORE] [--seconds 60] [--recipes paper ...]

Without a run it takes what `igan demo` leaves in runs/demo.
"""

import argparse
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from projection import DEMO_STORE, is_absent
from torch import nn
from tqdm import tqdm

from igan.data.datamodule import PhotoDataModule
from igan.data.store import Store
from igan.evaluation.held_out import held_out_photos
from igan.models.features import AlexNetFeatures
from igan.models.projector import Projector
from igan.run_folder import RunFolder
from igan.training.augmentation import DifferentiableAugmentation
from igan.training.learning_rate import set_learning_rate
from igan.training.perturbation import ImagePerturbation
from igan.training.projector_module import ProjectorModule
from igan.training.provenance import source_commit
from serve.photo.pixels import pixels_to_tensor

DEMO_RUN = Path("runs/demo/gan")
BATCH_SIZE = 32
WIDTH = 48
DECAY_FROM = 0.5


@dataclass(frozen=True)
class Recipe:
    """Shares of the time for the stages, what remains being the exact loss; and what differs."""

    warmup: float = 0.0
    pixels: float = 0.0
    batch_norm: bool = True
    settings: dict[str, Any] = field(default_factory=dict)


STAGED = Recipe(warmup=0.15, pixels=0.6)
SHIFTS = DifferentiableAugmentation(translation=0.05, brightness=0, saturation=0, contrast=0)
RECIPES = {
    "paper": Recipe(),
    "latents, exact": Recipe(warmup=0.5),
    "pixels, exact": Recipe(pixels=0.75),
    "latents, pixels, exact": STAGED,
    "with a latent term": replace(STAGED, settings={"latent_weight": 0.1}),
    "perturbed warm-up": replace(STAGED, settings={"perturbation": ImagePerturbation()}),
    "shifted photos": replace(STAGED, settings={"photo_augmentation": SHIFTS}),
    "without batch norm": replace(STAGED, batch_norm=False),
}


def fresh_module(recipe: Recipe, run: Path) -> ProjectorModule:
    inverted = RunFolder(run).load_networks()
    generator, latent = inverted.networks["generator"], inverted.record["latent"]
    torch.manual_seed(0)
    projector = Projector(
        int(generator.image_size),  # type: ignore[arg-type]
        int(generator.channels),  # type: ignore[arg-type]
        latent["dim"],
        WIDTH,
        bounded=latent["bounds"] is not None,
        batch_norm=recipe.batch_norm,
    )
    return ProjectorModule(
        str(run),
        projector,
        AlexNetFeatures(),
        learning_rate=5e-4,
        beta2=0.99,
        weight_decay=0.0,
        averaging_decay=0.98,
        **recipe.settings,
    )


def train(recipe: Recipe, run: Path, stores: list[str], seconds: float) -> tuple[nn.Module, int]:
    """The averaged P of this recipe after so many seconds of CPU time, and the images it saw."""
    module = fresh_module(recipe, run)
    batches = iter(PhotoDataModule(stores, BATCH_SIZE).train_dataloader())
    optimizer = module.configure_optimizers()
    began, images = time.process_time(), 0
    module.generator.eval()
    with tqdm(total=100, unit="%", leave=False, disable=None) as bar:
        while (share := (time.process_time() - began) / seconds) < 1:
            bar.update(int(100 * share) - bar.n)
            rate = module.learning_rate * min(1.0, (1 - share) / (1 - DECAY_FROM))
            set_learning_rate(optimizer, rate)
            if share < recipe.warmup:
                loss = module.latent_regression(BATCH_SIZE)
            else:
                photos = pixels_to_tensor(next(batches))
                loss, _ = module.photo_loss(photos, share >= recipe.warmup + recipe.pixels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            module.averaged_projector.update_parameters(module.projector)
            images += BATCH_SIZE
    return module.averaged_projector.module.eval(), images


@torch.no_grad()
def mean_loss(module: ProjectorModule, projector: nn.Module, pixels: NDArray[np.uint8]) -> float:
    """The exact projection loss of P's answers to uint8 (N, S, S, C) photos."""
    totals = []
    for photos in pixels_to_tensor(torch.from_numpy(pixels)).split(BATCH_SIZE):
        totals.append(module.projection_loss(module.generator(projector(photos)), photos).total)
    return torch.cat(totals).mean().item()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, nargs="?", default=DEMO_RUN, help="of a GAN")
    parser.add_argument("store", type=Path, nargs="?", default=DEMO_STORE, help="of photos")
    parser.add_argument("--seconds", type=float, default=60, help="of CPU time, each (60)")
    parser.add_argument("--photos", type=int, default=96, help="measured on, at most (96)")
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    arguments = parser.parse_args()
    if is_absent(arguments.run, arguments.store):
        return
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    store = Store(arguments.store)
    draw = np.random.default_rng(0)
    heldout = draw.permutation(held_out_photos(store).indices)[: arguments.photos]
    seen = draw.permutation(store.indices_of("train"))[: arguments.photos]
    print(
        f"{len(heldout)} held-out photos, {arguments.seconds:.0f} s of CPU time each, "
        f"torch {torch.__version__}, commit {source_commit()}"
    )
    print(f"{'recipe':<24}{'images seen':>14}{'held-out loss':>16}{'training loss':>16}")
    reference = fresh_module(RECIPES["paper"], arguments.run)
    for name in arguments.recipes:
        projector, images = train(
            RECIPES[name], arguments.run, [str(arguments.store)], arguments.seconds
        )
        losses = [mean_loss(reference, projector, store.read(rows)) for rows in (heldout, seen)]
        print(f"{name:<24}{images:>14,}{losses[0]:>16.4f}{losses[1]:>16.4f}", flush=True)


if __name__ == "__main__":
    main()
