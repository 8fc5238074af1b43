"""Recognises a run that diverges or collapses."""

import math
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn

from igan.training.errors import UnhealthyRunError
from igan.training.images_seen import ImagesSeenModule
from serve.bundle.prior import sample_prior
from serve.photo.pixels import pixels_to_tensor

CHECKS_IN_ALL = 100
LOOKED_AT = 32
CERTAIN_LOGITS = 60.0
COLLAPSED_SHARE = 0.1
VARIED_SHARE = 0.3
YOUNG_SHARE = 0.2
YOUNG_IMAGES = 10_000


class HealthWatch(Callback):
    """Looks for three illnesses and raises `UnhealthyRunError` with what it found.

    - A loss or a weight that is no finite number.
    - D is so certain (real and generated pictures `CERTAIN_LOGITS` apart) that it teaches nothing.
    - Samples are all alike: their deviation from each other is below `COLLAPSED_SHARE` of that of
      the photos, although it was above `VARIED_SHARE` before, or the run is no longer young:
      `YOUNG_SHARE` of it is over, and `YOUNG_IMAGES`.

    Losses are looked at whenever they are logged, samples about a hundred times a run and before
    each checkpoint. Nothing is drawn from the global random state.
    """

    def __init__(self) -> None:
        super().__init__()
        self.largest_variety = 0.0
        self._last_checked: int | None = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, *unused: Any
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        self._photos = batch
        if pl_module.logged_this_batch:
            self._agree(trainer, pl_module, illness_of_losses(pl_module.last_logged))
        if self._last_checked is None:
            self._last_checked = pl_module.images_seen
        if pl_module.images_seen - self._last_checked >= pl_module.total_images / CHECKS_IN_ALL:
            self.check(trainer, pl_module)

    def check(self, trainer: Trainer, module: ImagesSeenModule) -> None:
        """Look at weights and samples now.

        Raises:
            UnhealthyRunError: the run is ill.
        """
        self._last_checked = module.images_seen
        self._agree(trainer, module, illness_of_weights(module))
        if hasattr(module, "prior"):
            self._agree(trainer, module, self._illness_of_samples(module), gradual=True)

    def state_dict(self) -> dict[str, float]:
        return {"largest_variety": self.largest_variety}

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        self.largest_variety = state_dict["largest_variety"]

    def _illness_of_samples(self, module: ImagesSeenModule) -> str | None:
        photos = deviation(pixels_to_tensor(self._photos))
        samples = deviation(_draw(module.generator, module))
        variety = samples / photos if photos > 0 else 1.0
        module.note({"health/variety": torch.tensor(variety)})
        varied_before = self.largest_variety >= VARIED_SHARE
        young_until = max(YOUNG_IMAGES, YOUNG_SHARE * module.total_images)
        self.largest_variety = max(self.largest_variety, variety)
        if variety < COLLAPSED_SHARE and (varied_before or module.images_seen >= young_until):
            return (
                f"the samples have become all alike (they vary {100 * variety:.1f} % as much as "
                "the photos)"
            )
        return None

    def _agree(
        self,
        trainer: Trainer,
        module: ImagesSeenModule,
        found: str | None,
        gradual: bool = False,
    ) -> None:
        """Raise on all processes if one of them has found something."""
        if trainer.strategy.reduce_boolean_decision(found is not None, all=False):
            raise UnhealthyRunError(
                f"at {module.images_seen:,} images {found or 'another process found the run ill'}",
                gradual,
            )


def illness_of_losses(metrics: dict[str, float]) -> str | None:
    """What is wrong with logged numbers, or None."""
    for name, value in metrics.items():
        if not math.isfinite(value):
            return f"{name} is {value}"
    if {"train/logit_real", "train/logit_fake"} <= metrics.keys():
        apart = metrics["train/logit_real"] - metrics["train/logit_fake"]
        if apart > CERTAIN_LOGITS:
            return (
                f"the discriminator tells generated pictures with certainty ({apart:.0f} logits "
                "apart) and teaches nothing any more"
            )
    return None


def illness_of_weights(module: nn.Module) -> str | None:
    """Which network has weights that are no finite numbers, or None."""
    for name, network in module.named_children():
        for weight in network.parameters():
            if weight.requires_grad and not bool(weight.isfinite().all()):
                return f"weights of the {name} are no finite numbers any more"
    return None


def deviation(images: Tensor) -> float:
    """How much images `(N, C, S, S)` differ from each other: standard deviation over N, mean."""
    return float(images.float().std(0).mean())


@torch.no_grad()
def _draw(generator: nn.Module, module: Any) -> Tensor:
    random = torch.Generator().manual_seed(0)
    latents = sample_prior(module.prior, LOOKED_AT, module.latent_dim, random).to(module.device)
    was_training = generator.training
    images = generator.eval()(latents)
    generator.train(was_training)
    return images
