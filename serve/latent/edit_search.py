"""Searching the results of an edit: one from where it starts, or several from many starts."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from serve.latent.candidates import LatentCandidates, perturbed_starts
from serve.latent.edit_task import EditTask
from serve.latent.editor import EditorProgress, LatentEditor

OnStep = Callable[[EditorProgress], None]


@dataclass(frozen=True)
class Found:
    """A latent that the editor came to, and from where.

    The path begins at `first`; sliders lead from there to `start`, and the strokes on to `latent`;
    each (latent_dim,).
    """

    first: Tensor
    start: Tensor
    latent: Tensor


def search_results(
    task: EditTask, least: int | None = None, on_step: OnStep | None = None
) -> tuple[list[Found], EditorProgress]:
    """The distinct results of an edit, best first, and how the search ended.

    Args:
        least: candidates are searched, and at least so many of them are answered if there are; None
            leaves both to the edit's settings.
    """
    wanted = task.edit.settings.candidates
    if task.start is not None and wanted == 1 and least is None:
        return _search_alone(task, task.start, on_step)
    return _search_candidates(task, max(wanted, least or 1), on_step)


def _search_alone(
    task: EditTask, start: Tensor, on_step: OnStep | None
) -> tuple[list[Found], EditorProgress]:
    settings, model = task.edit.settings, task.model
    editor = LatentEditor(
        model.generator,
        start[None],
        model.bounds,
        task.weights,
        settings.learning_rate,
        score=model.score,
    )
    editor.set_constraints(task.grid)
    progress = editor.run_to_convergence(settings.steps, on_step)
    first = start if task.first is None else task.first
    return [Found(first, start, editor.latents[0])], progress


def _search_candidates(
    task: EditTask, count: int, on_step: OnStep | None
) -> tuple[list[Found], EditorProgress]:
    settings, model = task.edit.settings, task.model
    firsts, starts = _starts(task)
    candidates = LatentCandidates(
        model.generator,
        starts,
        model.bounds,
        task.weights,
        settings.learning_rate,
        score=model.score,
    )
    candidates.set_constraints(task.grid)
    progress = candidates.run_to_convergence(settings.steps, on_step)
    shown = candidates.shown(count)
    return [Found(firsts[one.row], starts[one.row], one.latents) for one in shown], progress


def _starts(task: EditTask) -> tuple[Tensor, Tensor]:
    """Where the path of each candidate begins, and its start, (starts, latent_dim) each."""
    settings, model, seed = task.edit.settings, task.model, task.edit.seed
    if task.start is None:
        firsts = model.draws(settings.starts, seed)
        return firsts, model.moved(firsts, task.edit.directions)
    starts = perturbed_starts(
        task.start, model.bounds, settings.starts, settings.diversity, model.prior, seed
    )
    first = task.start if task.first is None else task.first
    return first.expand(settings.starts, -1), starts
