"""Callbacks that make a run ill, kill it, or fill its disk."""

import errno
import os
import signal
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer

from igan.training.callbacks import RunCheckpoint


class FasterLearning(Callback):
    """Multiplies every learning rate by `factor` from `from_image` on, `times` batches long.

    The batches are counted over all runs of the process, so that a run which is rolled back meets
    a plant of few batches only once.
    """

    batches_spoilt = 0

    def __init__(self, from_image: int, factor: float = 100, times: int = 1_000_000) -> None:
        super().__init__()
        self.from_image, self.factor, self.times = from_image, factor, times

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Any
    ) -> None:
        if pl_module.images_seen < self.from_image or type(self).batches_spoilt >= self.times:
            return
        for group in optimizer.param_groups:
            group["lr"] *= self.factor

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        if pl_module.images_seen > self.from_image:
            type(self).batches_spoilt += 1


class NotANumber(Callback):
    """Spoils one weight of G once, at `at_image`."""

    spoilt = False

    def __init__(self, at_image: int) -> None:
        super().__init__()
        self.at_image = at_image

    @torch.no_grad()
    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        if pl_module.images_seen == self.at_image and not type(self).spoilt:
            type(self).spoilt = True
            next(pl_module.generator.parameters()).view(-1)[0] = float("nan")


class KillAt(Callback):
    """Kills this process, as a power cut would, when `at_image` is reached.

    Until then every batch is followed by a checkpoint.
    """

    def __init__(self, at_image: int) -> None:
        super().__init__()
        self.at_image = at_image

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for callback in trainer.callbacks:
            if isinstance(callback, RunCheckpoint):
                callback.interval_s = 0.0

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        if pl_module.images_seen == self.at_image:
            os.kill(os.getpid(), signal.SIGKILL)


class FullDisk(Callback):
    """Lets no checkpoint be written from `from_image` on."""

    def __init__(self, from_image: int) -> None:
        super().__init__()
        self.from_image = from_image

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        if pl_module.images_seen == self.from_image:
            trainer.save_checkpoint = _no_space  # type: ignore[method-assign]


def _no_space(path: Any) -> None:
    with open(path, "wb") as file:
        file.write(b"half a checkpoint")
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
