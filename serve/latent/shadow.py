"""Shadow guidance for drawing: what candidates look like, faintly, under the pen.

After ShadowDraw (Lee, Zitnick and Cohen 2011): the strokes of the candidates are blended by how
well each fits what was drawn, and fade with the distance from the cursor, where the next stroke is
wanted. For one-channel models, whose pictures are dark lines on white.
"""

import torch
from torch import Tensor

from serve.errors import EditError
from serve.latent.averaging import candidate_weights

RADIUS_SHARE = 0.25
"""Standard deviation of the fading around the cursor, as a share of the picture's side."""

LEAST_ELSEWHERE = 0.3
"""What is left of a shadow far from the cursor, so that the whole can still be made out."""

DARKEST = 0.6
"""How dark a line is that all candidates share: what is drawn stays darker than its guide."""


def shadow_picture(
    images: Tensor, objectives: Tensor, cursor_xy: tuple[float, float] | None = None
) -> Tensor:
    """The shadow to lay under the drawing: (S, S) in [0, 1], 1 where there is none.

    Args:
        images: of the candidates, (N, 1, S, S) in [-1, 1].
        objectives: (N,).
        cursor_xy: on the grid; None shows the shadow everywhere alike.

    Raises:
        EditError: the pictures are not those of a sketch model.
    """
    if images.shape[1] != 1:
        raise EditError(
            f"shadows are drawn from a one-channel sketch model, and this one has "
            f"{images.shape[1]} channels; use the average of the candidates instead."
        )
    darkness = (1 - images[:, 0]) / 2
    blended = torch.tensordot(candidate_weights(objectives), darkness, dims=1)
    return 1 - DARKEST * blended * _nearness(images.shape[-1], cursor_xy, images)


def _nearness(size: int, cursor_xy: tuple[float, float] | None, like: Tensor) -> Tensor:
    """1 at the cursor, LEAST_ELSEWHERE far from it, (S, S)."""
    if cursor_xy is None:
        return like.new_ones(size, size)
    centres = torch.arange(size).to(like) + 0.5
    squared = (centres - cursor_xy[0]).square() + (centres - cursor_xy[1]).square()[:, None]
    near = torch.exp(-squared / (2 * (RADIUS_SHARE * size) ** 2))
    return LEAST_ELSEWHERE + (1 - LEAST_ELSEWHERE) * near
