"""Adam, row by row, as a pure function."""

from dataclasses import dataclass

import torch
from torch import Tensor

MOMENTUM = 0.9
SQUARE_MOMENTUM = 0.999
LEAST_ROOT = 1e-8


@dataclass(frozen=True)
class Moments:
    """Running means of the gradient and of its square, (N, d), over `counts` (N, 1) steps."""

    first: Tensor
    second: Tensor
    counts: Tensor

    @classmethod
    def none(cls, z: Tensor) -> "Moments":
        return cls(torch.zeros_like(z), torch.zeros_like(z), torch.zeros_like(z[:, :1]))

    def forgotten(self, rows: Tensor) -> "Moments":
        """The same, begun anew where `rows`, bool (N,), is true."""
        kept = ~rows[:, None]
        return Moments(self.first * kept, self.second * kept, self.counts * kept)


def adam_step(
    z: Tensor, gradient: Tensor, moments: Moments, learning_rates: Tensor
) -> tuple[Tensor, Moments]:
    """One step of Kingma and Ba 2015, algorithm 1; gradients that were always zero move nothing.

    `learning_rates` is (N, 1), one for each row.
    """
    counts = moments.counts + 1
    first = MOMENTUM * moments.first + (1 - MOMENTUM) * gradient
    second = SQUARE_MOMENTUM * moments.second + (1 - SQUARE_MOMENTUM) * gradient.square()
    mean = first / (1 - MOMENTUM**counts)
    root = (second / (1 - SQUARE_MOMENTUM**counts)).sqrt()
    return z - learning_rates * mean / (root + LEAST_ROOT), Moments(first, second, counts)
