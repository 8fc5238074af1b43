"""The latent editor: moves latents until their images show what was painted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.latent.bounds import Bounds
from serve.latent.descent import (
    FRAME_CHANGE,
    Descent,
    Evaluation,
    Pace,
    advanced,
    rested,
    sent_to,
    settled,
    woken,
)
from serve.latent.handles import HandleTracks, continued_tracks, track
from serve.latent.loss import Network
from serve.latent.objective import EditTerms, ObjectiveWeights, Score, edit_terms
from serve.latent.raster import GridConstraints
from serve.latent.rows import join_rows, put_rows, take_rows
from serve.photo.pixels import tensor_to_pixels

LEARNING_RATE = 0.1
"""Of Adam (Zhu et al. 2016, section 5.2 take a few such steps after every change)."""


@dataclass(frozen=True)
class EditorProgress:
    """Where the editor stands.

    Attributes:
        steps: gradient steps taken since the editor was made.
        terms: the objective of the latents that were last seen, each (N,); NaN for a row that no
            step has looked at; None before the first step.
        converged: nothing more will move until the constraints change.
    """

    steps: int
    terms: EditTerms | None
    converged: bool


class LatentEditor:
    """Latents on their way from `start` to what the constraints ask for.

    A step looks at one picture of each row that is not at rest, and moves the row on. A picture
    never changes by more than `frame_change` in a step, and `images` are those that the steps have
    looked at, so that showing every step costs nothing beyond it. The first step looks at the
    start.

    Args:
        generator: z (N, latent_dim) -> (N, C, S, S) in [-1, 1], differentiable.
        start: z0, float32 (N, latent_dim), one row a candidate.
        bounds: the latents never leave them.
        weights: of the objective.
        learning_rate: of Adam.
        frame_change: the largest mean absolute change of a picture in a step, as a share of its
            range; infinite lets it jump.
        score: of a discriminator; needed when realism counts.
        latents: where the latents are to begin with, if not at the start.

    Attributes:
        start: z0, clamped into the bounds.
    """

    def __init__(
        self,
        generator: Network,
        start: Tensor,
        bounds: Bounds | None = None,
        weights: ObjectiveWeights | None = None,
        learning_rate: float = LEARNING_RATE,
        *,
        frame_change: float = FRAME_CHANGE,
        score: Score | None = None,
        latents: Tensor | None = None,
    ) -> None:
        self._generator = generator
        self._bounds = bounds or Bounds()
        self._weights = weights or ObjectiveWeights()
        self._score = score
        self._constraints = GridConstraints()
        self._tracks: HandleTracks | None = None
        self._terms: EditTerms | None = None
        self._steps = 0
        self.start = self._bounds.clamp(start.detach().clone())
        begin = self.start if latents is None else self._bounds.clamp(latents.detach().clone())
        self._descent = Descent.at(begin)
        self._pace = Pace.of(begin, learning_rate, frame_change)
        self._wake()

    @property
    def latents(self) -> Tensor:
        """z, float32 (N, latent_dim), always inside the bounds."""
        return self._descent.latents

    @property
    def images(self) -> Tensor:
        """G(z), float32 (N, C, S, S) in [-1, 1]; free for rows that a step has looked at."""
        self.look_at_all()
        return self._descent.images

    @property
    def images_so_far(self) -> Tensor:
        """As `images`, but mid-grey for rows that nobody has looked at; runs no network."""
        return self._descent.images

    @property
    def objectives(self) -> Tensor:
        """The objective of `latents`, (N,); infinite for rows that nobody has looked at.

        Rows that were looked at under other constraints are judged by their pictures, which runs
        no network but the score's.
        """
        unjudged = (self._descent.seen & self._descent.totals.isinf()).nonzero()[:, 0]
        if len(unjudged):
            tracks = None if self._tracks is None else take_rows(self._tracks, unjudged)
            with torch.no_grad():
                totals = self._terms_of(
                    unjudged, self._descent.images[unjudged], self.latents[unjudged], tracks
                ).total
            known = self._descent.totals.index_copy(0, unjudged, totals)
            self._descent = replace(self._descent, totals=known)
        return self._descent.totals

    @property
    def tracks(self) -> HandleTracks | None:
        """Where the handles of point drags are in the rows' pictures; None without any."""
        return self._tracks

    @property
    def moving(self) -> Tensor:
        """The rows that a step would move, int64 (M,); none of them in an idle editor."""
        return (~self._descent.resting).nonzero()[:, 0]

    @property
    def progress(self) -> EditorProgress:
        return EditorProgress(self._steps, self._terms, bool(self._descent.resting.all()))

    def set_constraints(self, constraints: GridConstraints) -> None:
        """Replace what is asked for; the latents go on from where they are.

        The handle of a new point drag is what the rows' present pictures show at its source.
        """
        if constraints.handles is None:
            self._tracks = None
        else:
            self._tracks = continued_tracks(
                self.images, constraints.handles, self._constraints.handles, self._tracks
            )
        self._constraints = constraints
        self._wake()

    def set_weights(self, weights: ObjectiveWeights) -> None:
        """Replace how much each term counts; the latents go on from where they are."""
        self._weights = weights
        self._wake()

    def set_learning_rate(self, learning_rate: float) -> None:
        """Replace the learning rate of Adam; the latents go on from where they are."""
        rates = torch.full_like(self._pace.learning_rates, learning_rate)
        self._pace = replace(self._pace, learning_rates=rates)
        self._wake()

    def set_start(self, start: Tensor) -> None:
        """Replace z0, (N, latent_dim); the latents go on from where they are."""
        self.start = self._bounds.clamp(start.detach().clone())
        self._wake()

    def glide_to(self, latents: Tensor, *, rest: bool = True) -> None:
        """Move to `latents` (N, latent_dim) at the pace of `frame_change`.

        Args:
            rest: stay there until something changes, or else descend from there.
        """
        goal = self._bounds.clamp(latents.detach().clone())
        self._descent = sent_to(self._descent, goal, self._pace, rest=rest)

    def jump_to(self, latents: Tensor, tracks: HandleTracks | None = None) -> None:
        """Be at `latents` (N, latent_dim) at once, and go on from there.

        Args:
            tracks: where the handles of the present point drags are there; without them the drags
                begin anew.
        """
        self._descent = Descent.at(self._bounds.clamp(latents.detach().clone()))
        self._terms = None
        self._tracks = tracks
        self.set_constraints(self._constraints)

    def look_at_all(self) -> None:
        """Make the images of the rows that no step has looked at."""
        unseen = (~self._descent.seen).nonzero()[:, 0]
        if not len(unseen):
            return
        with torch.no_grad():
            images = self._generator(self.latents[unseen])
        self._make_room(images)
        self._descent = replace(
            self._descent,
            images=self._descent.images.index_copy(0, unseen, images),
            seen=torch.ones_like(self._descent.seen),
        )

    def step(self, count: int = 1) -> EditorProgress:
        """Take up to `count` gradient steps, fewer when they no longer improve anything."""
        for _ in range(count):
            if not len(self.moving):
                break
            step_editors([self])
        return self.progress

    def run_to_convergence(
        self, limit: int = 200, callback: Callable[[EditorProgress], None] | None = None
    ) -> EditorProgress:
        """Take steps until they no longer improve anything, at most `limit`, and keep the best.

        Args:
            callback: called after each step.
        """
        progress = self.progress
        for _ in range(limit):
            if progress.converged:
                break
            progress = self.step()
            if callback is not None:
                callback(progress)
        self._descent = settled(self._descent)
        if self._tracks is not None and self._constraints.handles is not None:
            self._tracks = track(self.images, self._constraints.handles, self._tracks)
        return progress

    def pictures(self) -> npt.NDArray[np.uint8]:
        """G(z), uint8 (N, S, S, C)."""
        return tensor_to_pixels(self.images)

    def _wake(self) -> None:
        if self._constraints.empty and torch.equal(self.latents, self.start):
            self._descent = rested(self._descent)
        else:
            self._descent = woken(self._descent, self._pace)

    def _make_room(self, images: Tensor) -> None:
        if self._descent.images.shape[1:] != images.shape[1:]:
            room = images.new_zeros(len(self.latents), *images.shape[1:])
            self._descent = replace(self._descent, images=room)

    def _look(self, index: Tensor, images: Tensor, z: Tensor) -> "_Look":
        """What the objective says of the rows' proposals z and of their images."""
        handles, tracks = self._constraints.handles, None
        if handles is not None and self._tracks is not None:
            tracks = track(images.detach(), handles, take_rows(self._tracks, index))
        return _Look(self, index, self._terms_of(index, images, z, tracks), tracks)

    def _terms_of(
        self, index: Tensor, images: Tensor, z: Tensor, tracks: HandleTracks | None
    ) -> EditTerms:
        start = self.start[index]
        return edit_terms(images, z, start, self._constraints, self._weights, self._score, tracks)

    def _take(self, look: "_Look", rows: Descent, accepted: Tensor) -> None:
        """Keep what came of a step; terms and handles are those of accepted proposals."""
        self._descent = put_rows(self._descent, look.index, rows)
        index, terms = look.index[accepted], look.terms.detached()
        if self._terms is None:
            unknown = torch.full_like(self._descent.totals, torch.nan)
            self._terms = EditTerms(**dict.fromkeys(vars(terms), unknown))
        self._terms = put_rows(self._terms, index, take_rows(terms, accepted))
        if look.tracks is not None and self._tracks is not None:
            self._tracks = put_rows(self._tracks, index, take_rows(look.tracks, accepted))
        self._steps += 1


@dataclass(frozen=True)
class _Look:
    """Rows of one editor that a step has looked at; the first axis of each tensor is theirs."""

    editor: LatentEditor
    index: Tensor
    terms: EditTerms
    tracks: HandleTracks | None


def step_editors(
    editors: Sequence[LatentEditor], rows: Sequence[Tensor | None] | None = None
) -> None:
    """Take one gradient step with all editors in a single batch, each with what it is asked for.

    One forward and one backward pass of the generator serve rows of different people, starts,
    constraints and weights. Each row moves as it would alone, up to rounding.

    Args:
        editors: all of one generator and the same bounds.
        rows: for each editor which of its rows, int64 (M,), or None for all; those at rest are
            passed over.

    Raises:
        ValueError: the editors have different generators or bounds.
    """
    chosen = []
    for editor, wanted in zip(editors, rows or [None] * len(editors), strict=True):
        index = editor.moving if wanted is None else wanted[~editor._descent.resting[wanted]]
        if len(index):
            chosen.append((editor, index))
    if not chosen:
        return
    generator, bounds = chosen[0][0]._generator, chosen[0][0]._bounds
    if any(one._generator is not generator or one._bounds != bounds for one, _ in chosen):
        raise ValueError("editors that step together share one generator and its bounds")

    sizes = [len(index) for _, index in chosen]
    proposals = [editor._descent.proposal[index] for editor, index in chosen]
    z = torch.cat(proposals).detach().requires_grad_()
    images = generator(z)
    looks = [
        editor._look(index, pictures, latents)
        for (editor, index), pictures, latents in zip(
            chosen, images.split(sizes), z.split(sizes), strict=True
        )
    ]
    totals = torch.cat([look.terms.total for look in looks])
    (gradients,) = torch.autograd.grad(totals.sum(), z)

    evaluation = Evaluation(images.detach(), totals.detach(), gradients)
    for look in looks:
        look.editor._make_room(evaluation.images)
    descent = join_rows([take_rows(look.editor._descent, look.index) for look in looks])
    pace = join_rows([take_rows(look.editor._pace, look.index) for look in looks])
    descent, accepted = advanced(descent, evaluation, bounds, pace)
    first = 0
    for look, size in zip(looks, sizes, strict=True):
        part = slice(first, first + size)
        look.editor._take(look, take_rows(descent, part), accepted[part])
        first += size
