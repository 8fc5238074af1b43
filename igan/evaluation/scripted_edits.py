"""A fixed set of edits: do results show what was drawn, and how far do they go for it?

The scripts lie in shares of the picture's side, so that they are the same for every model. They ask
for what a person would, not for what is known to be reachable (see `igan.evaluation.editing` for
such goals).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from serve.bundle import Bundle
from serve.latent import Bounds, Constraint, LatentEditor, Limits, SolverProgress, project
from serve.latent.constraints import (
    ColourStroke,
    KeepStroke,
    PatchDrag,
    PointDrag,
    SketchStroke,
)
from serve.latent.editor import step_editors
from serve.latent.path import PAPER_FRAMES, latent_path
from serve.latent.projection import Method
from serve.latent.raster import rasterise
from serve.latent.satisfaction import Satisfaction, measure_satisfaction
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo

Pictures = npt.NDArray[np.uint8]
Place = tuple[float, float]

RED, BLUE, GREEN = (190.0, 30.0, 40.0), (30.0, 60.0, 170.0), (30.0, 130.0, 60.0)
COLOUR_WIDTH, PEN_WIDTH, KEEP_WIDTH, HANDLE_RADIUS = 0.12, 0.03, 0.16, 0.08

PHOTOS_AT_ONCE = 12
"""Each with an editor for every script, all of which step together; bounds the memory."""


def scripts(side_px: float) -> dict[str, tuple[Constraint, ...]]:
    """The edits by name, on a square photo of this side."""

    def at(*places: Place) -> tuple[Place, ...]:
        return tuple((side_px * x, side_px * y) for x, y in places)

    def colour(colour: tuple[float, float, float], *places: Place) -> ColourStroke:
        return ColourStroke(at(*places), colour, COLOUR_WIDTH * side_px)

    line = at((0.3, 0.4), (0.45, 0.25), (0.6, 0.25))
    patch = at((0.4, 0.5), (0.6, 0.5), (0.6, 0.7), (0.4, 0.7))
    kept = at((0.2, 0.5), (0.2, 0.7))
    handle, target = at((0.5, 0.5), (0.6, 0.5))
    return {
        "red across the middle": (colour(RED, (0.35, 0.6), (0.65, 0.6)),),
        "blue dab and green dab": (colour(BLUE, (0.3, 0.6)), colour(GREEN, (0.7, 0.6))),
        "red, the left kept": (
            colour(RED, (0.55, 0.6), (0.75, 0.6)),
            KeepStroke(kept, KEEP_WIDTH * side_px),
        ),
        "sketched edge": (SketchStroke(line, PEN_WIDTH * side_px),),
        "patch dragged up": (PatchDrag(patch, (0.0, -0.1 * side_px)),),
        "point dragged right": (PointDrag(handle, target, HANDLE_RADIUS * side_px),),
    }


@dataclass(frozen=True, eq=False)
class ScriptedResults:
    """What one script came to on N photos.

    Attributes:
        satisfaction: of each photo.
        pictures: uint8 (N, S, S, C), G(z) of each.
    """

    script: str
    satisfaction: list[Satisfaction]
    pictures: Pictures


def carry_out_scripts(
    bundle: Bundle,
    photos: Pictures,
    method: Method,
    iterations: int,
    steps: int,
    seed: int = 0,
    on_projection: Callable[[SolverProgress], None] | None = None,
    on_step: Callable[[], object] = lambda: None,
) -> tuple[Pictures, list[ScriptedResults]]:
    """Carry out every script on every photo, uint8 (N, S, S, C).

    Args:
        method, iterations: of the projection.
        steps: of the editor, with its default weights.
        seed: of the projection's random starts.
        on_step: called `steps` times for every PHOTOS_AT_ONCE photos.

    Returns:
        G(z0) of the photos, and the results in the order of `scripts`.
    """
    projection = project(
        bundle,
        photos,
        method,
        seed=seed,
        limits=Limits(iterations=iterations),
        callback=on_projection,
    )
    frame = PhotoFrame.whole(Photo(photos[0]), bundle.manifest.image.size)
    parts = [
        _carry_out(bundle, frame, starts, steps, on_step)
        for starts in projection.latents.split(PHOTOS_AT_ONCE)
    ]
    return projection.reconstructions, [
        ScriptedResults(
            of_script[0].script,
            [one for part in of_script for one in part.satisfaction],
            np.concatenate([part.pictures for part in of_script]),
        )
        for of_script in zip(*parts, strict=True)
    ]


def _carry_out(
    bundle: Bundle,
    frame: PhotoFrame,
    starts: torch.Tensor,
    steps: int,
    on_step: Callable[[], object],
) -> list[ScriptedResults]:
    """Carry out every script from latents (N, latent_dim), all together."""
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    channels = bundle.manifest.image.channels
    with torch.no_grad():
        images = bundle.generator(starts)
    by_name = scripts(frame.photo_width_px)
    editors: dict[str, list[LatentEditor]] = {name: [] for name in by_name}
    for name, script in by_name.items():
        for start, image in zip(starts, images, strict=True):
            editor = LatentEditor(bundle.generator, start[None], bounds)
            editor.set_constraints(rasterise(script, frame, channels, image))
            editors[name].append(editor)
    for _ in range(steps):
        step_editors([editor for group in editors.values() for editor in group])
        on_step()
    return [
        ScriptedResults(
            name,
            [
                _satisfaction(bundle, script, frame, image, (start, editor.latents[0]))
                for start, image, editor in zip(starts, images, editors[name], strict=True)
            ],
            np.concatenate([editor.pictures() for editor in editors[name]]),
        )
        for name, script in by_name.items()
    ]


def _satisfaction(
    bundle: Bundle,
    script: tuple[Constraint, ...],
    frame: PhotoFrame,
    drawn_on: torch.Tensor,
    ends: tuple[torch.Tensor, torch.Tensor],
) -> Satisfaction:
    with torch.no_grad():
        path = bundle.generator(latent_path(*ends, PAPER_FRAMES))
    return measure_satisfaction(script, frame, [drawn_on] * len(script), path, ends)
