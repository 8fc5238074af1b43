"""Carrying out an Edit: find z0, follow what was drawn and picked, and draw the path."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.candidates import LatentCandidates, perturbed_starts
from serve.latent.constraints import Constraint, KeepStroke, PatchDrag, PointDrag
from serve.latent.directions import moved_by
from serve.latent.edit import Edit, LatentCache
from serve.latent.editor import EditorProgress, LatentEditor
from serve.latent.lbfgs import Limits, SolverProgress
from serve.latent.objective import ObjectiveWeights, edit_terms, score_of
from serve.latent.path import latent_path, latents_at
from serve.latent.projection import project
from serve.latent.raster import GridConstraints, rasterise
from serve.latent.satisfaction import Satisfaction, follow, measure_satisfaction
from serve.latent.state import LatentValues, Pick
from serve.photo.pixels import tensor_to_pixels

if TYPE_CHECKING:
    from serve.bundle import Bundle

ON_A_PICTURE = (KeepStroke, PatchDrag, PointDrag)
"""Brushes that refer to the picture they were drawn on."""


@dataclass(frozen=True)
class CandidateResult:
    """One result of an edit.

    Attributes:
        start: where its smoothness term held it, float32 (latent_dim,).
        latent: z.
        frames: the path from z0 to z, uint8 (settings.frames + 1, S, S, C).
        objective: the terms of the objective at z before their weights, and the total.
        satisfaction: how well it does what was drawn.
    """

    start: Tensor
    latent: Tensor
    frames: npt.NDArray[np.uint8]
    objective: dict[str, float]
    satisfaction: Satisfaction


@dataclass(frozen=True)
class EditResult:
    """What an edit came to.

    Attributes:
        edit: the same edit with its cache filled, and its picks with their latents.
        latents: the path from z0 to z, float32 (settings.frames + 1, latent_dim).
        frames: its images, uint8 (settings.frames + 1, S, S, C).
        progress: of the latent editor; None when z came from the cache.
        candidates: the distinct results, best first; one alone when z came from the cache.
        chosen: which of them `latents` and the cache are, from 0.
    """

    edit: Edit
    latents: Tensor
    frames: npt.NDArray[np.uint8]
    progress: EditorProgress | None
    candidates: tuple[CandidateResult, ...]
    chosen: int = 0


@dataclass(frozen=True)
class _Found:
    """A latent that the editor came to, and from where.

    The path begins at `first`; sliders lead from there to `start`, and the strokes on to `latent`.
    """

    first: Tensor
    start: Tensor
    latent: Tensor


def carry_out(
    edit: Edit,
    bundle: "Bundle",
    picture: npt.NDArray[np.uint8] | None,
    *,
    rank: int = 1,
    on_projection: Callable[[SolverProgress], None] | None = None,
    on_editing: Callable[[EditorProgress], None] | None = None,
) -> EditResult:
    """Run a completed edit, or take its latents from the cache.

    Args:
        edit: see `Edit.completed`.
        picture: the photo through the edit's frame, uint8 (S, S, C); None starts from random
            latents, which makes a new image from strokes alone.
        rank: which candidate the result is, from 1.

    Raises:
        PhotoError: the picture is not of the bundle's size and channels.
        BundleError: the edit needs a network that the bundle lacks.
        EditError: the cache or a pick does not hold latents of this bundle, a brush needs a picture
            where there is none, or there are fewer candidates than `rank`.
    """
    return _Run(edit, bundle, picture, on_projection, on_editing).result(rank)


class _Run:
    def __init__(
        self,
        edit: Edit,
        bundle: "Bundle",
        picture: npt.NDArray[np.uint8] | None,
        on_projection: Callable[[SolverProgress], None] | None,
        on_editing: Callable[[EditorProgress], None] | None,
    ) -> None:
        if edit.frame is None:
            raise ValueError("the edit has no frame; complete it first")
        self.edit, self.bundle, self.frame = edit, bundle, edit.frame
        self.bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
        self.on_editing = on_editing
        self.progress: EditorProgress | None = None
        self.score = score_of(bundle, edit.settings.weights)
        self.first = self._first_latent(picture, on_projection)

    def result(self, rank: int) -> EditResult:
        edit = self.edit
        if edit.cache is None:
            edit = dataclasses.replace(edit, picks=self._filled_picks(edit.picks))
        elif any(pick.latent is None for pick in edit.picks):
            raise EditError(
                "the edit has a 'cache', but a pick without the 'latent' that belongs to it; "
                "remove the key 'cache'."
            )
        drawn_on = self._drawn_on(edit)
        found = self._from_cache(edit) if edit.cache is not None else self._search(edit, drawn_on)
        if rank > len(found):
            raise EditError(
                f"there are {len(found)} distinct candidates and none is number {rank}; ask for "
                "more candidates, or raise 'diversity'."
            )
        candidates = tuple(self._candidate(edit, one, drawn_on) for one in found)
        chosen = found[rank - 1]
        return EditResult(
            edit=dataclasses.replace(edit, cache=LatentCache.of(chosen.first, chosen.latent)),
            latents=self._path(chosen),
            frames=candidates[rank - 1].frames,
            progress=self.progress,
            candidates=candidates,
            chosen=rank - 1,
        )

    def _first_latent(
        self,
        picture: npt.NDArray[np.uint8] | None,
        on_projection: Callable[[SolverProgress], None] | None,
    ) -> Tensor | None:
        """z0 of the photo, or of the cache; None where the start is random."""
        if self.edit.cache is not None:
            return self._checked(self.edit.cache.z0, "the cached 'z0'")
        if picture is None:
            return None
        settings = self.edit.settings
        return project(
            self.bundle,
            picture[None],
            settings.method,
            seed=self.edit.seed,
            limits=Limits(iterations=settings.iterations),
            callback=on_projection,
        ).latents[0]

    def _filled_picks(self, picks: Sequence[Pick]) -> tuple[Pick, ...]:
        """Picks with their latents, found by running the edit as far as each of them."""
        filled: list[Pick] = []
        for number, pick in enumerate(picks, start=1):
            if pick.latent is None:
                until = dataclasses.replace(
                    self.edit,
                    constraints=self.edit.constraints[: pick.after],
                    picks=tuple(filled),
                    directions=(),
                )
                found = self._search(until, self._drawn_on(until), pick.candidate)
                place = (pick.candidate or 1) - 1
                if place >= len(found):
                    raise EditError(
                        f"pick {number}: there are {len(found)} distinct candidates and none is "
                        f"number {pick.candidate}."
                    )
                pick = dataclasses.replace(pick, latent=tuple(found[place].latent.tolist()))
            else:
                self._checked(pick.latent, f"the latent of pick {number}")
            filled.append(pick)
        return tuple(filled)

    def _start(self, edit: Edit) -> Tensor | None:
        """Where the edit starts now, its sliders included; None where the start is random."""
        if edit.picks:
            latent = edit.picks[-1].latent
            assert latent is not None
            start = self._checked(latent, f"the latent of pick {len(edit.picks)}")
        elif self.first is None:
            return None
        else:
            start = self.first
        return moved_by(self.bundle, start, edit.directions, self.bounds)

    def _drawn_on(self, edit: Edit) -> list[Tensor | None]:
        """For each stroke the picture (C, S, S) that it was drawn on, None where there was none."""
        now = self._start(edit)
        starts: list[Tensor | None] = []
        for place, constraint in enumerate(edit.constraints):
            before = tuple(pick for pick in edit.picks if pick.after <= place)
            if len(before) == len(edit.picks):
                starts.append(now)
            else:
                earlier = dataclasses.replace(edit, picks=before, directions=())
                starts.append(self._start(earlier))
            _refuse_without_picture(constraint, place + 1, starts[-1])
        return [None if start is None else self._images(start[None])[0] for start in starts]

    def _rasterised(self, edit: Edit, drawn_on: Sequence[Tensor]) -> GridConstraints:
        channels = self.bundle.manifest.image.channels
        return rasterise(edit.constraints, self.frame, channels, drawn_on)

    def _search(
        self, edit: Edit, drawn_on: Sequence[Tensor | None], wanted: int | None = None
    ) -> list[_Found]:
        """The distinct results, best first: one from z0 alone, or several from many starts."""
        settings = edit.settings
        start = self._start(edit)
        channels, size = self.bundle.manifest.image.channels, self.frame.network_size_px
        nothing = torch.zeros(channels, size, size)
        pictures = [nothing if picture is None else picture for picture in drawn_on]
        grid = self._rasterised(edit, pictures)
        if start is not None and settings.candidates == 1 and wanted is None:
            editor = LatentEditor(
                self.bundle.generator,
                start[None],
                self.bounds,
                settings.weights,
                settings.learning_rate,
                score=self.score,
            )
            editor.set_constraints(grid)
            self.progress = editor.run_to_convergence(settings.steps, self.on_editing)
            return [_Found(self._first(start), start, editor.latents[0])]
        if start is None:
            firsts = self.bundle.sample_latents(settings.starts, edit.seed)
            starts = moved_by(self.bundle, firsts, edit.directions, self.bounds)
        else:
            firsts = self._first(start).expand(settings.starts, -1)
            starts = perturbed_starts(
                start,
                self.bounds,
                settings.starts,
                settings.diversity,
                self.bundle.manifest.latent.prior,
                edit.seed,
            )
        search = LatentCandidates(
            self.bundle.generator,
            starts,
            self.bounds,
            self._weights(edit),
            settings.learning_rate,
            score=self.score,
        )
        search.set_constraints(grid)
        self.progress = search.run_to_convergence(settings.steps, self.on_editing)
        search.editor.images  # noqa: B018 - the best latents are looked at before they are ranked
        shown = search.shown(max(settings.candidates, wanted or 1))
        return [_Found(firsts[one.row], starts[one.row], one.latents) for one in shown]

    def _weights(self, edit: Edit) -> ObjectiveWeights:
        """Random starts are held by nothing, as in the released code."""
        weights = edit.settings.weights
        held = edit.photo is not None or len(edit.picks) > 0
        return weights if held else dataclasses.replace(weights, smoothness=0.0)

    def _from_cache(self, edit: Edit) -> list[_Found]:
        assert edit.cache is not None
        start = self._start(edit)
        assert start is not None
        latent = self._checked(edit.cache.z, "the cached 'z'")
        return [_Found(self._first(start), start, latent)]

    def _candidate(
        self, edit: Edit, found: _Found, drawn_on: Sequence[Tensor | None]
    ) -> CandidateResult:
        settings = edit.settings
        way = self._images(latent_path(found.start, found.latent, settings.frames, settings.path))
        shown = [way[0] if picture is None else picture for picture in drawn_on]
        return CandidateResult(
            start=found.start,
            latent=found.latent,
            frames=tensor_to_pixels(self._images(self._path(found))),
            objective=self._objective(edit, found, way, self._rasterised(edit, shown)),
            satisfaction=measure_satisfaction(
                edit.constraints, self.frame, shown, way, (found.start, found.latent)
            ),
        )

    def _objective(
        self, edit: Edit, found: _Found, way: Tensor, grid: GridConstraints
    ) -> dict[str, float]:
        tracks = None if grid.handles is None else follow(way, grid.handles)
        with torch.no_grad():
            terms = edit_terms(
                way[-1:],
                found.latent[None],
                found.start[None],
                grid,
                self._weights(edit),
                self.score,
                tracks,
            )
        return {name: float(term[0]) for name, term in vars(terms).items()}

    def _first(self, start: Tensor) -> Tensor:
        """Where the path begins: at the photo, or where the edit starts if there is none."""
        return start if self.first is None else self.first

    def _path(self, found: _Found) -> Tensor:
        settings = self.edit.settings
        end = found.latent
        if settings.amount > 1:
            end = latents_at(found.first, end, settings.amount, settings.path, self.bounds)
        return latent_path(found.first, end, settings.frames, settings.path)

    def _images(self, latents: Tensor) -> Tensor:
        with torch.no_grad():
            return self.bundle.generator(latents)

    def _checked(self, values: LatentValues, what: str) -> Tensor:
        latents = torch.tensor(values, dtype=torch.float32)
        inside = len(latents) == self.bundle.manifest.latent.dim and torch.equal(
            self.bounds.clamp(latents), latents
        )
        if not inside:
            raise EditError(
                f"the edit: {what} is no latent of this bundle; remove it and run the edit again."
            )
        return latents


def _refuse_without_picture(constraint: Constraint, number: int, start: Tensor | None) -> None:
    if start is None and isinstance(constraint, ON_A_PICTURE):
        raise EditError(
            f"stroke {number}: the brush {constraint.brush!r} refers to a picture, and a random "
            "start shows none; give a photo, or pick a candidate first."
        )
