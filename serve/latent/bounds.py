"""The box that latents live in."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Bounds:
    """Lower and upper limits of every latent dimension; infinite where there is none.

    `low` and `high` are numbers, or tensors (latent_dim,) where dimensions differ.
    """

    low: float | Tensor = -math.inf
    high: float | Tensor = math.inf

    @classmethod
    def from_pair(cls, pair: tuple[float, float] | None) -> "Bounds":
        """The bounds as a manifest states them: (low, high), or None for an unbounded prior."""
        return cls() if pair is None else cls(*pair)

    def clamp(self, z: Tensor) -> Tensor:
        """The nearest point inside; NaN stays NaN."""
        low = torch.as_tensor(self.low, dtype=z.dtype, device=z.device)
        high = torch.as_tensor(self.high, dtype=z.dtype, device=z.device)
        return torch.minimum(torch.maximum(z, low), high)
