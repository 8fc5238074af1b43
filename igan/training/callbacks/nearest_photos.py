"""Shows the training photos that are nearest to samples: what a GAN may have learnt by heart."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor, from_numpy

from igan.data.combined import SplitReader
from igan.data.store import Store
from igan.evaluation.neighbours import nearest_photos
from igan.run_folder import RunFolder
from igan.training.callbacks.time_share import TimeShare
from igan.training.gan_module import GANModule
from igan.training.tracking import log_picture
from serve.photo.photo import Photo, write_photo
from serve.photo.pixels import tensor_to_pixels
from serve.report.sheet import contact_sheet
from serve.staging import staged_file

SHOWN_IN_ALL = 4
SHOWN_SAMPLES = 12
NEAREST = 2
MOST_PHOTOS = 2000


class NearestPhotos(Callback):
    """Draws a sheet of samples above their nearest training photos, four times a run at most.

    Large collections are looked through in part: `MOST_PHOTOS`, evenly spread. The end of a run is
    always drawn.
    """

    def __init__(
        self, run: RunFolder, stores: Callable[[], Sequence[Store]], time: TimeShare
    ) -> None:
        super().__init__()
        self.run, self.time = run, time
        self._stores = stores
        self._last_shown: int | None = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        assert isinstance(pl_module, GANModule)
        if self._last_shown is None:
            self._last_shown = pl_module.images_seen
        since = pl_module.images_seen - self._last_shown
        due = since >= pl_module.total_images / SHOWN_IN_ALL and self.time.allows
        if due or pl_module.finished:
            self._last_shown = pl_module.images_seen
            with self.time.spending():
                self._show(trainer, pl_module)

    @rank_zero_only
    def _show(self, trainer: Trainer, module: GANModule) -> None:
        samples = tensor_to_pixels(module.sample()[:SHOWN_SAMPLES])
        reader = SomePhotos(SplitReader(self._stores(), "train"))
        found = nearest_photos(samples, reader, min(NEAREST, len(reader)))  # type: ignore[arg-type]
        rows = [list(samples), *(list(reader.read(places)) for places in found.positions.T)]
        sheet = contact_sheet(rows, ["samples", "nearest", "second"][: len(rows)], enlarge_to_px=64)
        with staged_file(self.run.nearest / f"{module.images_seen:09d}.png") as staged:
            write_photo(Photo(sheet), staged)
        log_picture(trainer.loggers, "nearest photos", _as_tensor(sheet), module.images_seen)


class SomePhotos:
    """At most `MOST_PHOTOS` photos of a reader, evenly spread, numbered from 0."""

    def __init__(self, reader: SplitReader) -> None:
        self._reader = reader
        count = min(len(reader), MOST_PHOTOS)
        self._positions = np.linspace(0, len(reader) - 1, count).round().astype(np.int64)

    def __len__(self) -> int:
        return len(self._positions)

    def read(self, positions: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        """Return these photos as uint8 (N, H, W, C)."""
        return self._reader.read(self._positions[positions])


def _as_tensor(sheet: npt.NDArray[np.uint8]) -> Tensor:
    return from_numpy(sheet).permute(2, 0, 1).float() / 255
