"""The clock of every run: real images seen, on the x axis of each curve."""

import time
from collections.abc import Callable
from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn


class ImagesSeenModule(LightningModule):
    """Works with a generator, counts the real images it has seen, and stops at `total_images`.

    Lightning's own `global_step` counts the steps of every optimizer. A checkpoint also holds the
    random state, so that a resumed run draws what an undisturbed one would have drawn.

    Attributes:
        draw_anew: go on from a checkpoint with other random draws than those that followed it.
        last_logged: the metrics that were logged last.
    """

    generator: nn.Module

    def __init__(self, total_images: int) -> None:
        super().__init__()
        self.total_images = total_images
        self.images_seen = 0
        self.draw_anew = False
        self.last_logged: dict[str, float] = {}
        self.logged_this_batch = False
        self._noted: dict[str, Tensor] = {}
        self._earlier_s = 0.0
        self._started_s = time.monotonic()

    @property
    def image_size(self) -> int:
        return int(self.generator.image_size)  # type: ignore[arg-type]

    @property
    def channels(self) -> int:
        return int(self.generator.channels)  # type: ignore[arg-type]

    @property
    def finished(self) -> bool:
        return self.images_seen >= self.total_images

    @property
    def elapsed_s(self) -> float:
        """Wall time of training in all, that before a restart included."""
        return self._earlier_s + time.monotonic() - self._started_s

    @property
    def logs_this_batch(self) -> bool:
        """Whether the batch at hand is one whose metrics are logged."""
        steps = self.trainer.fit_loop.epoch_loop.total_batch_idx + 1
        return steps % self.trainer.log_every_n_steps == 0  # type: ignore[attr-defined]

    def count_images(self, count_here: int) -> None:
        """Add a batch of `count_here` images on each process; stop when the total is reached."""
        self.images_seen += count_here * self.trainer.world_size
        if self.finished:
            self.trainer.should_stop = True

    def draw_for_all(self, draw: Callable[[int], Tensor], count_here: int) -> Tensor:
        """This process's part of what all processes draw, `count_here` each, image by image.

        The random states of all processes are alike. So two of them draw what one with twice the
        batch would, and no two draw the same.
        """
        world_size = self.trainer.world_size
        return draw(count_here * world_size)[self.trainer.global_rank :: world_size]

    def note(self, metrics: dict[str, Tensor]) -> None:
        """Keep scalars to be logged together with the next ones."""
        self._noted.update(metrics)

    def log_at_images_seen(self, metrics: dict[str, Tensor], force: bool = False) -> None:
        """Log scalars to every logger against `images_seen`, every `log_every_n_steps` batches.

        What was noted since, and the minutes of training so far, are logged with them.
        """
        self.logged_this_batch = self.logs_this_batch
        if force or self.logged_this_batch:
            together = {**metrics, **self._noted}
            self._noted.clear()
            self.last_logged = {name: float(value.detach()) for name, value in together.items()}
            values = {**self.last_logged, "time/minutes": self.elapsed_s / 60}
            for logger in self.loggers:
                logger.log_metrics(values, step=self.images_seen)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["images_seen"] = self.images_seen
        checkpoint["elapsed_s"] = self.elapsed_s
        checkpoint["random_state"] = torch.get_rng_state()
        if torch.cuda.is_available():
            checkpoint["cuda_random_state"] = torch.cuda.get_rng_state(self.device)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.images_seen = checkpoint["images_seen"]
        self._earlier_s = checkpoint.get("elapsed_s", 0.0)
        self._random_states = {
            name: checkpoint[name]
            for name in ("random_state", "cuda_random_state")
            if name in checkpoint
        }

    def on_train_start(self) -> None:
        """Set the random state last, after everything that draws while a run is set up.

        A new run starts from its seed, whatever the number of processes; a resumed one goes on.
        """
        self._started_s = time.monotonic()
        states = self.__dict__.pop("_random_states", {})
        if not states:
            torch.manual_seed(torch.initial_seed() + 1)
        if "random_state" in states:
            torch.set_rng_state(states["random_state"].cpu())
        if "cuda_random_state" in states and self.device.type == "cuda":
            torch.cuda.set_rng_state(states["cuda_random_state"].cpu(), self.device)
        if self.draw_anew:
            torch.manual_seed(int(torch.randint(2**62, ())))
