"""An edit made ready to be searched: where it starts, and what its strokes ask for there."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from serve.latent.drawn_on import DrawnOn
from serve.latent.edit import Edit
from serve.latent.edit_model import EditModel
from serve.latent.objective import ObjectiveWeights
from serve.latent.raster import GridConstraints, rasterise


@dataclass(frozen=True)
class EditTask:
    """A completed edit and what it works on.

    Attributes:
        edit: its picks have their latents.
        first: z0 of the photo, (latent_dim,); None where the start is random.
        start: where the edit starts now, picks and sliders included; None where it is random.
        drawn_on: for each stroke the picture (C, S, S) that it refers to, if any.
        grid: the strokes on the network's grid.
    """

    edit: Edit
    model: EditModel
    first: Tensor | None
    start: Tensor | None
    drawn_on: list[Tensor | None]
    grid: GridConstraints

    @classmethod
    def of(cls, edit: Edit, model: EditModel, first: Tensor | None) -> Self:
        """Work out the start of an edit.

        Raises:
            EditError: a stroke refers to a picture where there is none, or the model has no
                directions for the sliders.
        """
        if edit.frame is None:
            raise ValueError("the edit has no frame; complete it first")
        z0 = None if first is None else tuple(first.tolist())
        values = edit.state.start(z0)
        start = None if values is None else model.moved(torch.tensor(values), edit.directions)
        now = None if start is None else tuple(start.tolist())
        drawn_on = DrawnOn(model.generator).pictures(edit.state, z0, now)
        grid = rasterise(edit.constraints, edit.frame, model.channels, drawn_on)
        return cls(edit, model, first, start, drawn_on, grid)

    @property
    def weights(self) -> ObjectiveWeights:
        weights = self.edit.settings.weights
        held = self.edit.photo is not None or len(self.edit.picks) > 0
        return weights if held else weights.unheld
