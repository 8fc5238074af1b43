"""A callback that presses Ctrl-C."""

import signal
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer


class InterruptAt(Callback):
    """Sends this process an interrupt signal when `images_seen` is reached."""

    def __init__(self, images_seen: int) -> None:
        super().__init__()
        self.images_seen = images_seen

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        if pl_module.images_seen == self.images_seen:
            signal.raise_signal(signal.SIGINT)
