"""Keeps the page of a run up to date."""

import time
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only

from igan.run_folder import RunFolder
from igan.training.images_seen import ImagesSeenModule
from igan.training.run_report import write_run_report

PAGE_INTERVAL_S = 60.0


class RunPage(Callback):
    """Writes `report.html` once a minute, and when a run ends, stops or fails."""

    def __init__(self, run: RunFolder, interval_s: float = PAGE_INTERVAL_S) -> None:
        super().__init__()
        self.run, self.interval_s = run, interval_s
        self._last_written_s = time.monotonic()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        if time.monotonic() - self._last_written_s >= self.interval_s:
            self._write(pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        self._write(pl_module)

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        self._write(pl_module)

    @rank_zero_only
    def _write(self, module: ImagesSeenModule) -> None:
        write_run_report(self.run, module.images_seen, module.total_images, module.elapsed_s)
        self._last_written_s = time.monotonic()
