"""The pictures that strokes refer to: those of the starts that they were drawn on."""

import torch
from torch import Tensor

from serve.errors import EditError
from serve.latent.constraints import KeepStroke, PatchDrag, PointDrag
from serve.latent.loss import Network
from serve.latent.state import EditState, LatentValues

ON_A_PICTURE = (KeepStroke, PatchDrag, PointDrag)
"""Brushes that refer to the picture they were drawn on."""


class DrawnOn:
    """Draws the pictures, and each of them once for as long as a stroke refers to it.

    Args:
        generator: z (1, latent_dim) -> (1, C, S, S) in [-1, 1].
    """

    def __init__(self, generator: Network) -> None:
        self._generator = generator
        self._pictures: dict[LatentValues, Tensor] = {}

    def pictures(
        self, state: EditState, first: LatentValues | None, now: LatentValues | None
    ) -> list[Tensor | None]:
        """For each stroke the picture (C, S, S) that it was drawn on, None where it needs none.

        Args:
            first, now: see `EditState.drawn_on`.

        Raises:
            EditError: a stroke needs a picture where the start is random.
        """
        latents: list[LatentValues | None] = []
        strokes = zip(state.constraints, state.drawn_on(first, now), strict=True)
        for number, (stroke, latent) in enumerate(strokes, start=1):
            refers = isinstance(stroke, ON_A_PICTURE)
            if refers and latent is None:
                raise EditError(
                    f"stroke {number}: the brush {stroke.brush!r} refers to a picture, and a "
                    "random start shows none; give a photo, or pick a candidate first."
                )
            latents.append(latent if refers else None)
        self._pictures = {
            latent: self._pictures[latent] if latent in self._pictures else self._draw(latent)
            for latent in set(latents)
            if latent is not None
        }
        return [None if latent is None else self._pictures[latent] for latent in latents]

    def _draw(self, latent: LatentValues) -> Tensor:
        with torch.no_grad():
            return self._generator(torch.tensor([latent], dtype=torch.float32))[0]
