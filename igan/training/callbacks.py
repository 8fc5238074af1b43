"""What watches a run: progress bar, sample grids, checkpoints."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ProgressBar
from lightning.pytorch.loggers import WandbLogger
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor
from torchvision.utils import make_grid, save_image
from tqdm import tqdm

from igan.run_folder import RunFolder
from igan.training.images_seen import ImagesSeenModule
from serve.staging import staged_file

CHECKPOINT_INTERVAL_S = 60.0


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


class PictureGrid(Callback):
    """Draws a grid of pictures every `every_images` real images, and once at the end.

    `draw` gives images `(N, C, H, W)` in [-1, 1]; the grid goes to `folder/IMAGES_SEEN.png` and to
    each logger that takes pictures.
    """

    def __init__(
        self,
        draw: Callable[[], Tensor],
        folder: Path,
        every_images: int,
        columns: int = 8,
        title: str = "samples",
    ) -> None:
        super().__init__()
        self.draw, self.folder, self.title = draw, folder, title
        self.every_images, self.columns = every_images, columns
        self.last_drawn: int | None = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        if self.last_drawn is None:
            self.last_drawn = pl_module.images_seen
        if pl_module.finished or pl_module.images_seen - self.last_drawn >= self.every_images:
            self.last_drawn = pl_module.images_seen
            self._write(trainer, pl_module.images_seen)

    @rank_zero_only
    def _write(self, trainer: Trainer, images_seen: int) -> None:
        grid = make_grid(self.draw().cpu(), self.columns, 2, normalize=True, value_range=(-1, 1))
        self.folder.mkdir(parents=True, exist_ok=True)
        with staged_file(self.folder / f"{images_seen:09d}.png") as staged:
            save_image(grid, staged)
        for logger in trainer.loggers:
            if isinstance(logger, WandbLogger):
                logger.log_image(self.title, [grid], step=images_seen)


class RunCheckpoint(Callback):
    """Saves the whole run once a minute, at the end, and when Ctrl-C asks to stop.

    Checkpoints are written beside and renamed. Ctrl-C lets the step end, saves and stops; a second
    one stops at once. `on_save` runs after each checkpoint, with the same state.
    """

    def __init__(
        self,
        run: RunFolder,
        on_save: Callable[[], None],
        interval_s: float = CHECKPOINT_INTERVAL_S,
    ) -> None:
        super().__init__()
        self.run, self.on_save, self.interval_s = run, on_save, interval_s
        self.interrupted = False
        self._last_saved_s = 0.0
        self._previous_handler: Any = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._last_saved_s = time.monotonic()
        self._previous_handler = signal.getsignal(signal.SIGINT)
        signal.signal(signal.SIGINT, self._ask_to_stop)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        due = time.monotonic() - self._last_saved_s >= self.interval_s
        stop, due = trainer.strategy.broadcast((self.interrupted, due))
        if stop or due or pl_module.finished:
            self._save(trainer)
        if stop:
            self.interrupted = True
            trainer.should_stop = True

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if self._previous_handler is not None:
            signal.signal(signal.SIGINT, self._previous_handler)
            self._previous_handler = None

    def _save(self, trainer: Trainer) -> None:
        partial = self.run.checkpoint.with_suffix(".partial")
        trainer.save_checkpoint(partial)
        if trainer.is_global_zero:
            partial.replace(self.run.checkpoint)
            self.on_save()
        self._last_saved_s = time.monotonic()

    def _ask_to_stop(self, signal_number: int, frame: Any) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True
