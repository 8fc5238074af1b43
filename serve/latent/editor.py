"""The latent editor: moves latents until their images show what was painted."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.latent.adam import Moments, adam_step
from serve.latent.bounds import Bounds
from serve.latent.loss import Network
from serve.latent.objective import EditTerms, ObjectiveWeights, edit_terms
from serve.latent.raster import GridConstraints
from serve.photo.pixels import tensor_to_pixels

LEARNING_RATE = 0.1
"""Of Adam (Zhu et al. 2016, section 5.2 take a few such steps after every change)."""

PATIENCE = 10
LEAST_IMPROVEMENT = 1e-3
"""A candidate stalls when PATIENCE steps lowered its objective by less than this share of it."""

RATE_DECAY = 0.25
LEAST_RATE = 0.01
"""A candidate that stalls goes on from its best latents at RATE_DECAY of the learning rate, and
rests once that falls below LEAST_RATE of the first: steps of full length overshoot a near goal."""


@dataclass(frozen=True)
class EditorProgress:
    """Where the editor stands.

    Attributes:
        steps: gradient steps taken since the editor was made.
        terms: the objective of the latents that the last step started from, each (N,); None
            before the first step.
        converged: nothing more will move until the constraints change.
    """

    steps: int
    terms: EditTerms | None
    converged: bool


class LatentEditor:
    """Latents on their way from `start` to what the constraints ask for.

    Args:
        generator: z (N, latent_dim) -> (N, C, S, S) in [-1, 1], differentiable.
        start: z0, float32 (N, latent_dim), one row a candidate.
        bounds: the latents never leave them.
        weights: of the objective.
        learning_rate: of Adam.

    Attributes:
        start: z0, clamped into the bounds.
        latents: z.
    """

    def __init__(
        self,
        generator: Network,
        start: Tensor,
        bounds: Bounds | None = None,
        weights: ObjectiveWeights | None = None,
        learning_rate: float = LEARNING_RATE,
    ) -> None:
        self._generator = generator
        self._bounds = bounds or Bounds()
        self._weights = weights or ObjectiveWeights()
        self._learning_rate = learning_rate
        self.start = self._bounds.clamp(start.detach().clone())
        self.latents = self.start.clone()
        self._moments = Moments.none(self.latents)
        self._steps = 0
        self._terms: EditTerms | None = None
        self.set_constraints(GridConstraints())

    def set_constraints(self, constraints: GridConstraints) -> None:
        """Replace what is asked for; the latents go on from where they are."""
        self._constraints = constraints
        count = len(self.latents)
        self._best_latents = self.latents.clone()
        self._best_total = self.latents.new_full((count,), torch.inf)
        self._last_gain = self._best_total.clone()
        self._stalled = self.latents.new_zeros(count)
        self._rates = self.latents.new_full((count,), self._learning_rate)
        self._converged = constraints.empty and torch.equal(self.latents, self.start)

    def step(self, count: int = 1) -> EditorProgress:
        """Take up to `count` gradient steps, fewer when they no longer improve anything."""
        for _ in range(count):
            if self._converged:
                break
            self._step()
        return EditorProgress(self._steps, self._terms, self._converged)

    def run_to_convergence(
        self, limit: int = 200, callback: Callable[[EditorProgress], None] | None = None
    ) -> EditorProgress:
        """Take steps until they no longer improve anything, at most `limit`, and keep the best.

        Args:
            callback: called after each step.
        """
        progress = self.step(0)
        for _ in range(limit):
            if progress.converged:
                break
            progress = self.step()
            if callback is not None:
                callback(progress)
        self.latents = self._best_latents
        return progress

    def pictures(self) -> npt.NDArray[np.uint8]:
        """G(z), uint8 (N, S, S, C)."""
        with torch.no_grad():
            return tensor_to_pixels(self._generator(self.latents))

    def _step(self) -> None:
        terms, gradient = self._terms_and_gradient()
        self._terms = terms
        self._steps += 1
        stalls = self._judge(terms.total)
        self._rates = torch.where(stalls, RATE_DECAY * self._rates, self._rates)
        resting = self._rates < LEAST_RATE * self._learning_rate
        moved, self._moments = adam_step(
            self.latents, gradient, self._moments, self._rates[:, None]
        )
        self._moments = self._moments.forgotten(stalls | resting)
        stays = (stalls | resting)[:, None]
        self.latents = torch.where(stays, self._best_latents, self._bounds.clamp(moved))
        self._converged = bool(resting.all())

    def _judge(self, total: Tensor) -> Tensor:
        """Remember the best latents, and say which candidates stall, bool (N,)."""
        lowest = total < self._best_total
        self._best_latents = torch.where(lowest[:, None], self.latents, self._best_latents)
        self._best_total = torch.where(lowest, total, self._best_total)
        gains = total < self._last_gain * (1 - LEAST_IMPROVEMENT)
        self._last_gain = torch.where(gains, total, self._last_gain)
        stalls = ~gains & (self._stalled + 1 >= PATIENCE)
        self._stalled = torch.where(gains | stalls, 0, self._stalled + 1)
        return stalls

    def _terms_and_gradient(self) -> tuple[EditTerms, Tensor]:
        z = self.latents.detach().requires_grad_()
        images = self._generator(z)
        terms = edit_terms(images, z, self.start, self._constraints, self._weights)
        (gradient,) = torch.autograd.grad(terms.total.sum(), z)
        detached = EditTerms(
            colour=terms.colour.detach(),
            smoothness=terms.smoothness.detach(),
            total=terms.total.detach(),
        )
        return detached, gradient
