"""The clock of every run: real images seen, on the x axis of each curve."""

from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn


class ImagesSeenModule(LightningModule):
    """Works with a generator, counts the real images it has seen, and stops at `total_images`.

    Lightning's own `global_step` counts the steps of every optimizer. A checkpoint also holds the
    random state, so that a resumed run draws what an undisturbed one would have drawn.
    """

    generator: nn.Module

    def __init__(self, total_images: int) -> None:
        super().__init__()
        self.total_images = total_images
        self.images_seen = 0

    @property
    def image_size(self) -> int:
        return int(self.generator.image_size)  # type: ignore[arg-type]

    @property
    def channels(self) -> int:
        return int(self.generator.channels)  # type: ignore[arg-type]

    @property
    def finished(self) -> bool:
        return self.images_seen >= self.total_images

    def count_images(self, count_here: int) -> None:
        """Add a batch of `count_here` images on each process; stop when the total is reached."""
        self.images_seen += count_here * self.trainer.world_size
        if self.finished:
            self.trainer.should_stop = True

    def log_at_images_seen(self, metrics: dict[str, Tensor], force: bool = False) -> None:
        """Log scalars to every logger against `images_seen`, every `log_every_n_steps` batches."""
        steps = self.trainer.fit_loop.epoch_loop.total_batch_idx + 1
        if force or steps % self.trainer.log_every_n_steps == 0:  # type: ignore[attr-defined]
            values = {name: float(value.detach()) for name, value in metrics.items()}
            for logger in self.loggers:
                logger.log_metrics(values, step=self.images_seen)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["images_seen"] = self.images_seen
        checkpoint["random_state"] = torch.get_rng_state()
        if torch.cuda.is_available():
            checkpoint["cuda_random_state"] = torch.cuda.get_rng_state(self.device)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.images_seen = checkpoint["images_seen"]
        self._random_states = {
            name: checkpoint[name]
            for name in ("random_state", "cuda_random_state")
            if name in checkpoint
        }

    def on_train_start(self) -> None:
        """Restore the random state last, after everything that draws while a run is set up."""
        states = self.__dict__.pop("_random_states", {})
        if "random_state" in states:
            torch.set_rng_state(states["random_state"].cpu())
        if "cuda_random_state" in states and self.device.type == "cuda":
            torch.cuda.set_rng_state(states["cuda_random_state"].cpu(), self.device)
