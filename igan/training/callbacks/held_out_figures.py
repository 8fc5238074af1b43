"""Measures a GAN against photos while it trains, and keeps the best checkpoint."""

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn

from igan.data.combined import SplitReader
from igan.data.store import Store
from igan.errors import StoreError
from igan.evaluation.feature_spaces import FeatureSpace, alexnet_space, hog_colour_space
from igan.evaluation.generated_pictures import (
    pictures_of_network,
    renew_statistics,
    seeded_latents,
)
from igan.evaluation.realism import frechet_distance, kernel_distance
from igan.evaluation.watched_photos import watched_photos
from igan.run_folder import RunFolder
from igan.training.callbacks.checkpoint import write_checkpoint
from igan.training.callbacks.time_share import TimeShare
from igan.training.gan_module import GANModule
from igan.training.run_curves import CHOSEN_BY
from serve.photo.pixels import pixels_to_tensor
from serve.staging import staged_file

FIGURES_IN_ALL = 20
SAMPLES = 500
MOST_HELD_OUT = 500
MOST_TRAINED = 1000
JUDGED = 128
_SAMPLE_SEED = 2_000_003
_AT_ONCE = 64

Pictures = npt.NDArray[np.uint8]


class HeldOutFigures(Callback):
    """Logs, about twenty times a run and at its end, how close samples come to photos.

    - `realism/kid_SPACE` of 500 samples of the averaged generator against the held-out photos that
      a run watches, in two feature spaces, and `realism/fid_SPACE` against photos to train on,
      in a space of less dimensions than samples;
    - `judged/train`, `judged/held_out` and `judged/samples`: what D answers to each, on average,
      and `judged/overfitting`, where between held-out photos (0) and samples (1) D's answers have
      parted from those to photos to train on: (train - held out) / (train - samples), the measure
      of Karras et al. 2020 ("Training GANs with limited data", eq. 1);
    - the checkpoint with the lowest `CHOSEN_BY` is kept as `checkpoints/best.ckpt`, its networks
      as `best.safetensors`, its figures in `best.json`.

    `time` keeps all of it a small share of the run; the end of a run is always measured.
    """

    def __init__(
        self,
        run: RunFolder,
        stores: Callable[[], Sequence[Store]],
        save_best: Callable[[nn.Module], None],
        time: TimeShare,
    ) -> None:
        super().__init__()
        self.run, self.save_best, self.time = run, save_best, time
        self.best: dict[str, float] | None = None
        self._stores = stores
        self._last_measured: int | None = None
        self._photos: tuple[Pictures, Pictures] | None = None
        self._of_photos: dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]] = {}

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        assert isinstance(pl_module, GANModule)
        if self._last_measured is None:
            self._last_measured = pl_module.images_seen
        since = pl_module.images_seen - self._last_measured
        due = since >= pl_module.total_images / FIGURES_IN_ALL and self.time.allows
        if trainer.strategy.broadcast(due or pl_module.finished):
            self._last_measured = pl_module.images_seen
            with self.time.spending():
                self._measure(trainer, pl_module)

    def state_dict(self) -> dict[str, Any]:
        return {"best": self.best}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.best = state_dict["best"]

    def _measure(self, trainer: Trainer, module: GANModule) -> None:
        figures: dict[str, float] = {}
        generator = copy.deepcopy(module.averaged_generator.module).eval()
        if trainer.is_global_zero and self._read_photos():
            renew_statistics(generator, module.prior, module.latent_dim)
            figures = {**self._realism(module, generator), **self._judged(module, generator)}
            module.log_at_images_seen(
                {name: torch.tensor(value) for name, value in figures.items()}, force=True
            )
        found = figures.get(CHOSEN_BY)
        is_best = found is not None and (self.best is None or found < self.best[CHOSEN_BY])
        if trainer.strategy.broadcast(is_best):
            self.best = {"images_seen": module.images_seen, CHOSEN_BY: float(found or 0.0)}
            write_checkpoint(
                trainer, self.run.best_checkpoint, lambda: self._keep(generator, figures)
            )

    def _keep(self, generator: nn.Module, figures: dict[str, float]) -> None:
        self.save_best(generator)
        record = {**(self.best or {}), "chosen_by": CHOSEN_BY, "figures": figures}
        with staged_file(self.run.best_figures) as staged:
            staged.write_text(json.dumps(record, indent=2) + "\n")

    def _read_photos(self) -> bool:
        """Read the photos to compare with once; say whether there are enough."""
        if self._photos is None:
            held_out = [store.read(watched_photos(store)) for store in self._stores()]
            try:
                reader = SplitReader(self._stores(), "train")
            except StoreError:
                return False
            trained = reader.read(_evenly(len(reader), MOST_TRAINED))
            together = np.concatenate(held_out)
            self._photos = together[_evenly(len(together), MOST_HELD_OUT)], trained
        return min(map(len, self._photos)) >= 2

    def _realism(self, module: GANModule, generator: nn.Module) -> dict[str, float]:
        assert self._photos is not None
        latents = seeded_latents(module.prior, SAMPLES, module.latent_dim, _SAMPLE_SEED)
        drawn = pictures_of_network(generator, latents.to(module.device))
        figures = {}
        for space in self._spaces:
            if space.name not in self._of_photos:
                held_out, trained = (space.of_pixels(photos) for photos in self._photos)
                self._of_photos[space.name] = held_out, trained
            held_out, trained = self._of_photos[space.name]
            features = space.of_pixels(drawn)
            name = space.name.replace("-", "_")
            figures[f"realism/kid_{name}"] = kernel_distance(held_out, features)
            if features.shape[1] < SAMPLES:
                figures[f"realism/fid_{name}"] = frechet_distance(trained, features)
        return figures

    @property
    def _spaces(self) -> list[FeatureSpace]:
        return [alexnet_space(), hog_colour_space()]

    def _judged(self, module: GANModule, generator: nn.Module) -> dict[str, float]:
        assert self._photos is not None
        held_out, trained = (pixels_to_tensor(photos[:JUDGED]) for photos in self._photos)
        latents = seeded_latents(module.prior, JUDGED, module.latent_dim, _SAMPLE_SEED)
        with torch.no_grad():
            samples = torch.cat([generator(z) for z in latents.to(module.device).split(_AT_ONCE)])
        judged = {
            "judged/train": mean_answer(module.discriminator, trained.to(module.device)),
            "judged/held_out": mean_answer(module.discriminator, held_out.to(module.device)),
            "judged/samples": mean_answer(module.discriminator, samples),
        }
        return {**judged, "judged/overfitting": overfitting(*judged.values())}


@torch.no_grad()
def mean_answer(discriminator: nn.Module, images: Tensor) -> float:
    """D's mean answer to images `(N, C, S, S)`, in evaluation mode; its own mode is kept."""
    was_training = discriminator.training
    discriminator.eval()
    answers = [discriminator(part).float() for part in images.split(_AT_ONCE)]
    discriminator.train(was_training)
    return float(torch.cat(answers).mean())


def overfitting(train: float, held_out: float, samples: float) -> float:
    """0 where D answers to held-out photos as to those it learns from, 1 as to samples."""
    return (train - held_out) / (train - samples) if train != samples else 0.0


def _evenly(count: int, most: int) -> npt.NDArray[np.int64]:
    """At most `most` positions of `count`, evenly spread."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)
