"""Shows a training the same few photos again and again, to see whether it learns at all."""

from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor


class OneBatch(Callback):
    """Replaces every training batch by the first one."""

    def __init__(self) -> None:
        super().__init__()
        self._first: Tensor | None = None

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, *unused: Any
    ) -> None:
        if self._first is None:
            self._first = batch.clone()
        batch.copy_(self._first)
