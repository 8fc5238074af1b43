"""Grids of pictures at intervals of a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor, nn
from torchvision.utils import make_grid, save_image

from igan.training.images_seen import ImagesSeenModule
from igan.training.tracking import log_picture
from serve.staging import staged_file

WALKS = 8
WALK_STEPS = 8


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
        log_picture(trainer.loggers, self.title, grid, images_seen)


@torch.no_grad()
def latent_walks(generator: nn.Module, latents: Tensor) -> Tensor:
    """Pictures on the straight lines from the first `WALKS` latents to the next, line by line.

    A manifold that is learnt has a picture of the category at every step of a walk.

    Args:
        generator: in evaluation mode.
        latents: `(N, latent_dim)`, N at least 2 `WALKS`.
    """
    share = torch.linspace(0, 1, WALK_STEPS, device=latents.device).view(1, -1, 1)
    start, end = latents[:WALKS, None], latents[WALKS : 2 * WALKS, None]
    return generator(((1 - share) * start + share * end).flatten(0, 1)).float()
