"""Tells the trackers what a run is made from and what it has made."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only

from igan.data.store import Store
from igan.run_folder import RunFolder
from igan.training.images_seen import ImagesSeenModule
from igan.training.tracking import log_checkpoints, log_start


class TrackedFiles(Callback):
    """Logs configuration, system and stores at the start, checkpoints when a run ends or stops."""

    def __init__(
        self,
        run: RunFolder,
        describe: Callable[[], tuple[Mapping[str, Any], Mapping[str, Any]]],
        stores: Callable[[], Sequence[Store]],
    ) -> None:
        super().__init__()
        self.run, self.describe, self.stores = run, describe, stores

    @rank_zero_only
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        config, environment = self.describe()
        log_start(trainer.loggers, config, environment, self.stores())

    @rank_zero_only
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        log_checkpoints(trainer.loggers, self.run, pl_module.images_seen)
