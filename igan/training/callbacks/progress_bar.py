"""The bar of a run on the terminal."""

from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from tqdm import tqdm

from igan.training.images_seen import ImagesSeenModule


class ImagesProgressBar(ProgressBar):
    """A bar in real images seen, with images per second and the time left."""

    def __init__(self, description: str) -> None:
        super().__init__()
        self.description = description
        self.bar: tqdm | None = None

    def disable(self) -> None:
        """Show nothing (Lightning calls this on every process but the first)."""
        self._silent = True

    def enable(self) -> None:
        self._silent = False

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        self.bar = tqdm(
            total=pl_module.total_images,
            initial=pl_module.images_seen,
            desc=self.description,
            unit=" images",
            smoothing=0.05,
            disable=getattr(self, "_silent", False),
        )

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        assert self.bar is not None
        self.bar.update(pl_module.images_seen - self.bar.n)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._close()

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None
