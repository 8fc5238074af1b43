"""Candidates: one edit from many starts, and the best distinct results of it.

Zhu et al. 2016, section 5.2: 64 starts around z0 are optimised as one batch and the best 9 by
objective are shown; picking one goes on from there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.prior import Prior, sample_prior
from serve.latent.averaging import average_latent, average_picture, candidate_weights
from serve.latent.bounds import Bounds
from serve.latent.editor import LEARNING_RATE, EditorProgress, LatentEditor, step_editors
from serve.latent.loss import Network
from serve.latent.objective import ObjectiveWeights, Score
from serve.latent.raster import GridConstraints
from serve.latent.shadow import shadow_picture
from serve.photo.pixels import tensor_to_pixels

STARTS = 64
SHOWN = 9

DIVERSITY = 1.0
"""How far the starts lie from z0, in draws from the prior. With the released code's 0.5, results
of a colour stroke on photos of shoes lay 0.010 apart in the median (as DISTINCT measures it) and
looked alike; with 1 they lie 0.019 apart."""

DISTINCT = 0.01
"""Two pictures are one candidate when, reduced to COMPARED_SIDE_PX, they differ by less than this
share of the range in the mean over pixels and channels."""
COMPARED_SIDE_PX = 16

HYSTERESIS = 0.1
"""A candidate overtakes one that is shown when its objective is lower by more than this share of
the objectives' standard deviation, so that the order is at rest while somebody draws."""


@dataclass(frozen=True)
class Candidate:
    """One result.

    Attributes:
        row: which of the starts it came from, from 0.
        latents: (latent_dim,).
        picture: uint8 (S, S, C).
        objective: what it was ranked by.
    """

    row: int
    latents: Tensor
    picture: npt.NDArray[np.uint8]
    objective: float


@dataclass(frozen=True)
class Average:
    """Several candidates in one; see `serve.latent.averaging`.

    Attributes:
        latents: the mean of theirs, (latent_dim,), which an edit can go on from.
        picture: the mean of their pictures, uint8 (S, S, C).
    """

    latents: Tensor
    picture: npt.NDArray[np.uint8]


def perturbed_starts(
    start: Tensor,
    bounds: Bounds,
    count: int = STARTS,
    diversity: float = DIVERSITY,
    prior: Prior = "uniform",
    seed: int = 0,
) -> Tensor:
    """`start`, (latent_dim,), and count - 1 draws around it inside the bounds: (count, latent_dim).

    Each draw is z0 + diversity * a draw from the prior; the same seed gives the same draws.
    """
    generator = torch.Generator().manual_seed(seed)
    draws = sample_prior(prior, count, len(start), generator).to(start)
    draws[0] = 0
    return bounds.clamp(start + diversity * draws)


class LatentCandidates:
    """Rows from many starts, edited alike; see `LatentEditor` for the arguments.

    Each stays close to its own start, which is what keeps them different. Where there is no photo
    to stay close to, give draws from the prior as `starts` and a smoothness of zero, as the
    released code does.

    Attributes:
        editor: holds the rows; a scheduler may hand it to `step_editors` with `next_rows`.
    """

    def __init__(
        self,
        generator: Network,
        starts: Tensor,
        bounds: Bounds | None = None,
        weights: ObjectiveWeights | None = None,
        learning_rate: float = LEARNING_RATE,
        *,
        score: Score | None = None,
    ) -> None:
        self._bounds = bounds or Bounds()
        self.editor = LatentEditor(
            generator, starts, self._bounds, weights, learning_rate, score=score
        )
        self._turn = 0
        self._shown: tuple[int, ...] = ()

    def set_constraints(self, constraints: GridConstraints) -> None:
        """Replace what is asked for; all candidates go on from where they are."""
        self.editor.set_constraints(constraints)

    def next_rows(self, count: int) -> Tensor:
        """The next `count` rows that still move, int64 (M,), each in its turn."""
        moving = self.editor.moving
        first = int(torch.searchsorted(moving, self._turn))
        rows = moving.roll(-first)[:count]
        if len(rows):
            self._turn = int(rows[-1]) + 1
        return rows.sort().values

    def step(self, count: int = STARTS) -> EditorProgress:
        """Take a gradient step with the next `count` rows, a slice of the work."""
        step_editors([self.editor], [self.next_rows(count)])
        return self.editor.progress

    def run_to_convergence(
        self, limit: int = 200, callback: Callable[[EditorProgress], None] | None = None
    ) -> EditorProgress:
        """See `LatentEditor.run_to_convergence`; all results are then ready to be shown."""
        progress = self.editor.run_to_convergence(limit, callback)
        self.editor.look_at_all()
        return progress

    def shown(self, count: int = SHOWN) -> list[Candidate]:
        """The best distinct candidates that have been looked at, in an order that is slow to
        change from call to call."""
        rows, objectives, images = self._ranked(count)
        pictures = list(tensor_to_pixels(images[rows])) if rows else []
        return [
            Candidate(row, self.editor.latents[row].clone(), picture, float(objectives[row]))
            for row, picture in zip(rows, pictures, strict=True)
        ]

    def average(self, count: int = SHOWN) -> Average | None:
        """The average of those shown; None as long as none has been looked at."""
        rows, objectives, images = self._ranked(count)
        if not rows:
            return None
        weights = candidate_weights(objectives[rows])
        mean = average_picture(images[rows], weights)
        latents = average_latent(self.editor.latents[rows], weights, self._bounds)
        return Average(latents, tensor_to_pixels(mean[None])[0])

    def shadow(
        self, cursor_xy: tuple[float, float] | None = None, count: int = SHOWN
    ) -> npt.NDArray[np.uint8] | None:
        """Those shown as a guide for drawing, uint8 (S, S, 1); None as long as none was looked at.

        Args:
            cursor_xy: on the grid; see `shadow_picture`.

        Raises:
            EditError: this is no sketch model.
        """
        rows, objectives, images = self._ranked(count)
        if not rows:
            return None
        shadow = shadow_picture(images[rows], objectives[rows], cursor_xy)
        return tensor_to_pixels(shadow[None, None] * 2 - 1)[0]

    def _ranked(self, count: int) -> tuple[list[int], Tensor, Tensor]:
        """The rows to be shown, and the objectives and pictures of all."""
        objectives, images = self.editor.objectives, self.editor.images_so_far
        self._shown = rank_distinct(objectives, images, count, self._shown)
        return list(self._shown), objectives, images


def rank_distinct(
    objectives: Tensor, images: Tensor, count: int = SHOWN, shown: Sequence[int] = ()
) -> tuple[int, ...]:
    """The rows of the best distinct pictures, at most `count`.

    Of near-identical pictures (see DISTINCT) the one with the lowest objective stands for all. Rows
    already shown keep their places unless another is better by a margin (see HYSTERESIS).

    Args:
        objectives: (N,); a row that is not finite is left out.
        images: (N, C, S, S) in [-1, 1].
        shown: what the last call answered.
    """
    known = objectives.isfinite().nonzero()[:, 0].tolist()
    if not known:
        return ()
    values = {row: float(objectives[row]) for row in known}
    margin = HYSTERESIS * float(objectives[known].std(correction=0))
    before = [row for row in shown if row in values]
    small = functional.adaptive_avg_pool2d(images, COMPARED_SIDE_PX).flatten(1)
    best: list[int] = []
    for row in sorted(known, key=lambda row: values[row] - margin * (row in before)):
        if len(best) == count:
            break
        if not best or (small[best] - small[row]).abs().mean(1).min() / 2 >= DISTINCT:
            best.append(row)
    staying = [row for row in before if row in best]
    return tuple(_settled(staying + [row for row in best if row not in before], values, margin))


def _settled(rows: list[int], values: dict[int, float], margin: float) -> list[int]:
    """The rows with neighbours exchanged until none beats the one before it by the margin."""
    order = list(rows)
    at = 1
    while at < len(order):
        if values[order[at]] < values[order[at - 1]] - margin:
            order[at - 1 : at + 1] = order[at], order[at - 1]
            at = max(at - 1, 1)
        else:
            at += 1
    return order
