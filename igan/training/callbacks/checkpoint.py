"""Checkpoints of a run: the newest, and the one that does best on held-out photos."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from safetensors import SafetensorError

from igan.run_folder import RunFolder
from igan.training.errors import TrainingError
from igan.training.images_seen import ImagesSeenModule

CHECKPOINT_INTERVAL_S = 60.0


class RunCheckpoint(Callback):
    """Saves the whole run at its start, once a minute, at the end, and when Ctrl-C asks to stop.

    Checkpoints are written beside and renamed. Ctrl-C lets the step end, saves and stops; a second
    one stops at once.

    Args:
        run: where the checkpoint goes.
        on_save: runs after each checkpoint, with the same state.
        before_save: looks at the run just before; what it raises keeps a sick state from
            replacing a sound one.
        interval_s: between checkpoints.

    Raises:
        TrainingError: a checkpoint cannot be written; the one before is still there.
    """

    def __init__(
        self,
        run: RunFolder,
        on_save: Callable[[], None],
        before_save: Callable[[Trainer, ImagesSeenModule], None] = lambda trainer, module: None,
        interval_s: float = CHECKPOINT_INTERVAL_S,
    ) -> None:
        super().__init__()
        self.run, self.on_save, self.interval_s = run, on_save, interval_s
        self.before_save = before_save
        self.interrupted = False
        self._last_saved_s = 0.0
        self._previous_handler: Any = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.strategy.broadcast(self.run.checkpoint.exists()):
            self._save(trainer)
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
            self.before_save(trainer, pl_module)
            self._save(trainer)
        if stop:
            self.interrupted = True
            trainer.should_stop = True

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if self._previous_handler is not None:
            signal.signal(signal.SIGINT, self._previous_handler)
            self._previous_handler = None

    def _save(self, trainer: Trainer) -> None:
        write_checkpoint(trainer, self.run.checkpoint, self.on_save)
        self._last_saved_s = time.monotonic()

    def _ask_to_stop(self, signal_number: int, frame: Any) -> None:
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True


def write_checkpoint(
    trainer: Trainer, path: Path, on_save: Callable[[], None] = lambda: None
) -> None:
    """Write everything that is needed to go on to `path`, whole or not at all; then `on_save`.

    Every process calls this; the first one writes.

    Raises:
        TrainingError: the file cannot be written; what stood there before still stands.
    """
    partial = path.with_suffix(".partial")
    try:
        trainer.save_checkpoint(partial)
        if trainer.is_global_zero:
            partial.replace(path)
            on_save()
    except (OSError, SafetensorError) as error:
        partial.unlink(missing_ok=True)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TrainingError(
            f"{path} cannot be written: {reason}; make room and go on with `--resume` from the "
            "checkpoint before."
        ) from error
