"""Paths through latent space."""

import torch
from torch import Tensor

PAPER_FRAMES = 8
"""N of Zhu et al. 2016, section 4.3."""


def latent_path(start: Tensor, end: Tensor, frames: int = PAPER_FRAMES) -> Tensor:
    """The latents (1 - t/N) z0 + (t/N) z1 for t = 0 .. N (Zhu et al. 2016, section 4.3).

    Args:
        start, end: z0 and z1, (latent_dim,).
        frames: N, the number of steps, at least one.

    Returns:
        (frames + 1, latent_dim); the first row is exactly z0 and the last exactly z1.
    """
    if frames < 1:
        raise ValueError(f"a path needs at least one step, not {frames}")
    share = torch.arange(frames + 1, dtype=start.dtype, device=start.device)[:, None] / frames
    return (1 - share) * start + share * end
