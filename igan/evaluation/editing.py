"""Can an editor reach what it is asked for? Goals that are known to be reachable, planted.

A goal is taken from another latent's picture, so a latent that meets it exists: strokes of G(z*) on
pixels that clearly differ from G(z0), and point drags along which the picture really moves on the
way from z0 towards z*.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.bundle import Bundle
from serve.latent.bounds import Bounds
from serve.latent.candidates import DIVERSITY, perturbed_starts
from serve.latent.editor import LatentEditor, step_editors
from serve.latent.handles import begin_tracking, structure, track
from serve.latent.lab import delta_e76, lab_of_images
from serve.latent.objective import ObjectiveWeights
from serve.latent.path import latents_at
from serve.latent.raster import ColourMap, GridConstraints, HandleDrags
from serve.latent.satisfaction import colour_error_lab

LEAST_DIFFERENCE_LAB = 20.0
"""Strokes lie only where the two pictures differ by more than this (CIELAB, 1976)."""

STROKES = 3
STROKE_WIDTH_SHARE = 3 / 32
"""Diameter of a planted stroke, as a share of the picture's side."""
LEAST_MARKED_SHARE = 1 / 256
"""Pairs of latents whose pictures leave less than this of the picture to be marked are passed
over."""

CASES_AT_ONCE = 50

HANDLE_RADIUS_SHARE = 5 / 64
DRAG_FRAMES = 24
DRAG_PX = (4.0, 12.0)
"""Drags are planted this long, in pixels at 64 x 64 and in proportion elsewhere."""
LEAST_STRUCTURE = 0.02
"""The patch of a planted handle has at least this much structure in every direction, see
`serve.latent.handles.structure`: one along an edge could not be told from its neighbours."""
PLACES_TRIED = 100
PAIRS_TRIED = 200
"""For each goal; a model that shows nothing to follow then has fewer goals, or none."""
LARGEST_RETURN_PX = 0.5
"""A planted drag, tracked back along its way, ends no further than this from where it began."""


@dataclass(frozen=True)
class PlantedColours:
    """A colour goal: where the edit starts, (latent_dim,), and what G(z*) shows under strokes."""

    start: Tensor
    marked: ColourMap


@dataclass(frozen=True)
class PlantedDrag:
    """A drag goal: where the edit starts, (latent_dim,), and how a handle moves from there."""

    start: Tensor
    drag: HandleDrags

    @property
    def length_px(self) -> float:
        return float((self.drag.targets - self.drag.sources).norm())


def planted_colours(bundle: Bundle, count: int, seed: int = 0) -> list[PlantedColours]:
    """Draw colour goals: short strokes at random places where G(z*) differs from G(z0)."""
    rng = np.random.default_rng(seed)
    goals: list[PlantedColours] = []
    for start, end in _latent_pairs(bundle, seed):
        with torch.no_grad():
            images = bundle.generator(torch.stack([start, end]))
        lab = lab_of_images(images)
        differs = (delta_e76(lab[:1], lab[1:])[0] > LEAST_DIFFERENCE_LAB).numpy()
        if not differs.any():
            continue
        strokes = np.zeros_like(differs)
        for _ in range(STROKES):
            strokes |= _short_stroke(differs, rng)
        marked = torch.from_numpy((strokes & differs).astype(np.float32))
        if marked.mean() < LEAST_MARKED_SHARE:
            continue
        goals.append(PlantedColours(start, ColourMap(images[1] * marked, marked, marked)))
        if len(goals) == count:
            break
    return goals


def colour_errors(
    bundle: Bundle,
    goals: Sequence[PlantedColours],
    weights: ObjectiveWeights,
    steps: int,
    starts: int = 1,
    diversity: float = DIVERSITY,
    seed: int = 0,
    on_step: Callable[[], object] = lambda: None,
) -> tuple[npt.NDArray[np.float64], float]:
    """Edit towards each goal and watch the mean CIELAB error over its strokes.

    With several starts (the first is z0 itself, see `perturbed_starts`) the error is that of the
    candidate which has the lowest objective at that step, as a person would be shown it.

    Args:
        on_step: called `steps` times for each batch of goals, see `batches_of`.

    Returns:
        errors: float64 (goals, steps + 1), the first column before any step.
        largest_change: the most that any picture changed in a step, as a share of the range.
    """
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    prior = bundle.manifest.latent.prior
    errors: list[npt.NDArray[np.float64]] = []
    largest_change = 0.0
    for first, part in enumerate(batches_of(goals, starts)):
        editors = []
        for number, goal in enumerate(part):
            case_seed = seed + CASES_AT_ONCE * first + number
            latents = perturbed_starts(goal.start, bounds, starts, diversity, prior, case_seed)
            editors.append(LatentEditor(bundle.generator, latents, bounds, weights))
            editors[-1].set_constraints(GridConstraints(colour=goal.marked))
        columns = [_shown_errors(editors, part)]
        for _ in range(steps):
            before = [editor.images for editor in editors]
            step_editors(editors)
            columns.append(_shown_errors(editors, part))
            for editor, images in zip(editors, before, strict=True):
                change = (editor.images - images).abs().flatten(1).mean(1).max() / 2
                largest_change = max(largest_change, float(change))
            on_step()
        errors.append(np.stack(columns, axis=1))
    return np.concatenate(errors), largest_change


def batches_of(goals: Sequence[PlantedColours], starts: int) -> list[Sequence[PlantedColours]]:
    """The goals, as many at once as `colour_errors` edits together."""
    size = max(1, CASES_AT_ONCE // starts)
    return [goals[first : first + size] for first in range(0, len(goals), size)]


def planted_drags(
    bundle: Bundle, count: int, seed: int = 0, on_goal: Callable[[], object] = lambda: None
) -> list[PlantedDrag]:
    """Draw drag goals: a clear patch of G(z0), followed part of the way to another latent.

    The way ends where the handle is DRAG_PX from its place, so that goals differ in length. There
    are fewer than `count` where PAIRS_TRIED pairs of latents for each do not bring as many.
    """
    rng = np.random.default_rng(seed)
    scale = bundle.manifest.image.size / 64
    goals: list[PlantedDrag] = []
    for start, end in itertools.islice(_latent_pairs(bundle, seed), PAIRS_TRIED * count):
        with torch.no_grad():
            amounts = torch.linspace(0, 1, DRAG_FRAMES + 1)
            images = bundle.generator(latents_at(start, end, amounts))
        handle = _clear_place(images[:1], rng)
        if handle is None:
            continue
        length_px = rng.uniform(*DRAG_PX) * scale
        drag = _followed(images, handle, length_px, HANDLE_RADIUS_SHARE * images.shape[-1])
        if drag is not None:
            goals.append(PlantedDrag(start, drag))
            on_goal()
        if len(goals) == count:
            break
    return goals


def drag_distances_px(
    bundle: Bundle,
    goals: Sequence[PlantedDrag],
    weights: ObjectiveWeights,
    steps: int,
    on_step: Callable[[], object] = lambda: None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Drag each handle, and measure how far from its target it ends, (goals,) each.

    Returns:
        followed: as the editor followed it, step by step.
        followed_anew: as a fresh tracker finds it along the straight way from z0 to the result,
            whose pictures the editor has not seen.
    """
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    editors = []
    for goal in goals:
        editor = LatentEditor(bundle.generator, goal.start[None], bounds, weights)
        editor.set_constraints(GridConstraints(handles=goal.drag))
        editors.append(editor)
    for _ in range(steps):
        step_editors(editors)
        on_step()
    followed, anew = [], []
    for editor, goal in zip(editors, goals, strict=True):
        with torch.no_grad():
            amounts = torch.linspace(0, 1, DRAG_FRAMES + 1)
            images = bundle.generator(latents_at(goal.start, editor.latents[0], amounts))
        assert editor.tracks is not None
        followed.append(_distance(editor.tracks.places[0], goal.drag))
        anew.append(_distance(_walked(images, goal.drag)[-1], goal.drag))
    return np.array(followed), np.array(anew)


def _latent_pairs(bundle: Bundle, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless pairs of draws from the prior."""
    number = 0
    while True:
        (case_seed,) = np.random.SeedSequence([seed, number]).generate_state(1)
        start, end = bundle.sample_latents(2, int(case_seed))
        number += 1
        yield start, end


def _short_stroke(
    allowed: npt.NDArray[np.bool_], rng: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """A straight stroke twice as long as wide, its middle on an allowed pixel: bool (S, S)."""
    size = len(allowed)
    width_px = STROKE_WIDTH_SHARE * size
    rows, columns = np.nonzero(allowed)
    middle = rng.integers(len(rows))
    angle = rng.uniform(0, np.pi)
    along = np.array([np.cos(angle), np.sin(angle)])
    y, x = np.mgrid[:size, :size]
    offset = np.stack([x - columns[middle], y - rows[middle]])
    share = np.clip(np.tensordot(along, offset, 1), -width_px / 2, width_px / 2)
    return np.hypot(*(offset - share * along[:, None, None])) <= width_px / 2


def _shown_errors(
    editors: Sequence[LatentEditor], goals: Sequence[PlantedColours]
) -> npt.NDArray[np.float64]:
    shown = []
    for editor, goal in zip(editors, goals, strict=True):
        images = editor.images
        best = int(editor.objectives.argmin())
        shown.append(float(colour_error_lab(images[best : best + 1], goal.marked)))
    return np.array(shown)


def _clear_place(picture: Tensor, rng: np.random.Generator) -> Tensor | None:
    """Where a handle would be unmistakable, (2,); None where no place of those tried is."""
    size = picture.shape[-1]
    radius_px = HANDLE_RADIUS_SHARE * size
    tried = rng.uniform(radius_px, size - radius_px, (PLACES_TRIED, 2))
    places = torch.from_numpy(tried.astype(np.float32))
    clear = places[structure(picture, places, radius_px)[0] >= LEAST_STRUCTURE]
    return clear[0] if len(clear) else None


def _followed(
    images: Tensor, handle: Tensor, length_px: float, radius_px: float
) -> HandleDrags | None:
    """The drag of a handle until it is `length_px` away; None where it cannot be followed."""
    drag = _drag(handle, handle, radius_px)
    walked = _walked(images, drag)
    far = ((walked[:, 0] - handle).norm(dim=1) >= length_px).nonzero()
    if not len(far):
        return None
    last = int(far[0])
    target = walked[last, 0]
    back = _walked(images[: last + 1].flip(0), _drag(target, target, radius_px))[-1, 0]
    if (back - handle).norm() > LARGEST_RETURN_PX:
        return None
    return _drag(handle, target, radius_px)


def _drag(source: Tensor, target: Tensor, radius_px: float) -> HandleDrags:
    return HandleDrags(source[None], target[None], torch.tensor([radius_px]), torch.ones(1))


def _walked(images: Tensor, drag: HandleDrags) -> Tensor:
    """Where the handles are in each picture of a way (M, C, S, S): (M, H, 2)."""
    tracks = begin_tracking(images[:1], drag)
    places = [tracks.places[0]]
    for image in images[1:]:
        tracks = track(image[None], drag, tracks)
        places.append(tracks.places[0])
    return torch.stack(places)


def _distance(places: Tensor, drag: HandleDrags) -> float:
    return float((places - drag.targets).norm(dim=1).mean())
