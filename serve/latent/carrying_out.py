"""Carrying out an Edit: find z0, follow what was drawn and picked, and draw the path."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.errors import EditError
from serve.latent.edit import Edit, LatentCache
from serve.latent.edit_latents import check_latents
from serve.latent.edit_model import EditModel
from serve.latent.edit_search import Found, OnStep, search_results
from serve.latent.edit_task import EditTask
from serve.latent.editor import EditorProgress
from serve.latent.lbfgs import Limits, SolverProgress
from serve.latent.objective import edit_terms
from serve.latent.path import latent_path, latents_at
from serve.latent.projection import project
from serve.latent.satisfaction import Satisfaction, follow, measure_satisfaction
from serve.latent.state import Pick
from serve.photo.pixels import tensor_to_pixels

if TYPE_CHECKING:
    from serve.bundle import Bundle


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
    model = EditModel.of(bundle)
    model.check_weights(edit.settings.weights)
    check_latents(edit, bundle.manifest.latent)
    first = _first_latent(edit, bundle, picture, on_projection)
    if edit.cache is None:
        edit = _with_picks_found(edit, model, first, on_editing)
        task = EditTask.of(edit, model, first)
        found, progress = search_results(task, on_step=on_editing)
    else:
        task = EditTask.of(_with_picks_known(edit), model, first)
        found, progress = [_found_before(task, edit.cache)], None
    if rank > len(found):
        raise EditError(
            f"there are {len(found)} distinct candidates and none is number {rank}; ask for "
            "more candidates, or raise 'diversity'."
        )
    candidates = tuple(_measured(task, one) for one in found)
    chosen = found[rank - 1]
    return EditResult(
        edit=dataclasses.replace(edit, cache=LatentCache.of(chosen.first, chosen.latent)),
        latents=_path(task, chosen),
        frames=candidates[rank - 1].frames,
        progress=progress,
        candidates=candidates,
        chosen=rank - 1,
    )


def _first_latent(
    edit: Edit,
    bundle: "Bundle",
    picture: npt.NDArray[np.uint8] | None,
    on_projection: Callable[[SolverProgress], None] | None,
) -> Tensor | None:
    """z0 of the photo, or of the cache; None where the start is random."""
    if edit.cache is not None:
        return torch.tensor(edit.cache.z0)
    if picture is None:
        return None
    return project(
        bundle,
        picture[None],
        edit.settings.method,
        seed=edit.seed,
        limits=Limits(iterations=edit.settings.iterations),
        callback=on_projection,
    ).latents[0]


def _with_picks_found(
    edit: Edit, model: EditModel, first: Tensor | None, on_editing: OnStep | None
) -> Edit:
    """The edit, its picks with their latents, found by running it as far as each of them."""
    filled: list[Pick] = []
    for number, pick in enumerate(edit.picks, start=1):
        if pick.latent is None:
            until = dataclasses.replace(
                edit,
                constraints=edit.constraints[: pick.after],
                picks=tuple(filled),
                directions=(),
            )
            task = EditTask.of(until, model, first)
            found, _ = search_results(task, pick.candidate, on_editing)
            place = (pick.candidate or 1) - 1
            if place >= len(found):
                raise EditError(
                    f"pick {number}: there are {len(found)} distinct candidates and none is "
                    f"number {pick.candidate}."
                )
            pick = dataclasses.replace(pick, latent=tuple(found[place].latent.tolist()))
        filled.append(pick)
    return dataclasses.replace(edit, picks=tuple(filled))


def _with_picks_known(edit: Edit) -> Edit:
    """An edit with a cache, which must know the latents of its picks."""
    if any(pick.latent is None for pick in edit.picks):
        raise EditError(
            "the edit has a 'cache', but a pick without the 'latent' that belongs to it; "
            "remove the key 'cache'."
        )
    return edit


def _found_before(task: EditTask, cache: LatentCache) -> Found:
    assert task.first is not None
    assert task.start is not None
    return Found(task.first, task.start, torch.tensor(cache.z))


def _measured(task: EditTask, found: Found) -> CandidateResult:
    edit = task.edit
    assert edit.frame is not None
    settings = edit.settings
    way = _images(task, latent_path(found.start, found.latent, settings.frames, settings.path))
    return CandidateResult(
        start=found.start,
        latent=found.latent,
        frames=tensor_to_pixels(_images(task, _path(task, found))),
        objective=_objective(task, found, way),
        satisfaction=measure_satisfaction(
            edit.constraints, edit.frame, task.drawn_on, way, (found.start, found.latent)
        ),
    )


def _objective(task: EditTask, found: Found, way: Tensor) -> dict[str, float]:
    handles = task.grid.handles
    tracks = None if handles is None else follow(way, handles)
    with torch.no_grad():
        terms = edit_terms(
            way[-1:],
            found.latent[None],
            found.start[None],
            task.grid,
            task.weights,
            task.model.score,
            tracks,
        )
    return {name: float(term[0]) for name, term in vars(terms).items()}


def _path(task: EditTask, found: Found) -> Tensor:
    settings = task.edit.settings
    end = found.latent
    if settings.amount > 1:
        end = latents_at(found.first, end, settings.amount, settings.path, task.model.bounds)
    return latent_path(found.first, end, settings.frames, settings.path)


def _images(task: EditTask, latents: Tensor) -> Tensor:
    with torch.no_grad():
        return task.model.generator(latents)
