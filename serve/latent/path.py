"""Paths through latent space."""

from typing import Literal, get_args

import torch
from torch import Tensor

from serve.latent.bounds import Bounds

PathKind = Literal["linear", "spherical"]
PATH_KINDS: tuple[PathKind, ...] = get_args(PathKind)

PAPER_FRAMES = 8
"""N of Zhu et al. 2016, section 4.3."""

LEAST_ANGLE = 1e-3
"""Directions closer than this, in radians, or this close to opposite have no arc between them that
could be told from others; the path is straight."""


def latent_path(
    start: Tensor, end: Tensor, frames: int = PAPER_FRAMES, kind: PathKind = "linear"
) -> Tensor:
    """The latents at the amounts t/N for t = 0 .. N (Zhu et al. 2016, section 4.3).

    Args:
        start, end: z0 and z1, (..., latent_dim): of one edit, or of any number of candidates.
        frames: N, the number of steps, at least one.
        kind: see `latents_at`.

    Returns:
        (frames + 1, ..., latent_dim); the first is exactly z0 and the last exactly z1.
    """
    if frames < 1:
        raise ValueError(f"a path needs at least one step, not {frames}")
    amounts = torch.arange(frames + 1, dtype=start.dtype, device=start.device) / frames
    return latents_at(start, end, amounts, kind)


def latents_at(
    start: Tensor,
    end: Tensor,
    amounts: Tensor | float,
    kind: PathKind = "linear",
    bounds: Bounds | None = None,
) -> Tensor:
    """Positions on the way from z0 (amount 0) to z1 (amount 1) and beyond.

    Args:
        start, end: (..., latent_dim).
        amounts: any number of them, (M,), or a single one; past 1 an edit is exaggerated, below 0
            undone beyond its start.
        kind: "linear", (1 - t) z0 + t z1; or "spherical", whose direction turns evenly along the
            great arc about the origin while its length changes evenly, so that it does not pass
            through the middle of a prior where few latents lie (Shoemake 1985).
        bounds: what lies outside is clamped.

    Returns:
        (M, ..., latent_dim), or (..., latent_dim) for a single amount.
    """
    amounts = torch.as_tensor(amounts, dtype=start.dtype, device=start.device)
    share = amounts.reshape(*amounts.shape, *(1 for _ in start.shape))
    straight = (1 - share) * start + share * end
    latents = straight if kind == "linear" else _on_arc(start, end, share, straight)
    latents = torch.where(share == 0, start, torch.where(share == 1, end, latents))
    return latents if bounds is None else bounds.clamp(latents)


def _on_arc(start: Tensor, end: Tensor, share: Tensor, straight: Tensor) -> Tensor:
    lengths = start.norm(dim=-1, keepdim=True), end.norm(dim=-1, keepdim=True)
    least = torch.finfo(start.dtype).tiny
    directions = start / lengths[0].clamp(min=least), end / lengths[1].clamp(min=least)
    cosine = (directions[0] * directions[1]).sum(-1, keepdim=True).clamp(-1, 1)
    angle = torch.acos(cosine)
    turned = (
        torch.sin((1 - share) * angle) * directions[0] + torch.sin(share * angle) * directions[1]
    )
    length = ((1 - share) * lengths[0] + share * lengths[1]).clamp(min=0)
    has_arc = (angle > LEAST_ANGLE) & (angle < torch.pi - LEAST_ANGLE)
    has_arc = has_arc & (lengths[0] > 0) & (lengths[1] > 0)
    return torch.where(has_arc, length * turned / torch.sin(angle), straight)
