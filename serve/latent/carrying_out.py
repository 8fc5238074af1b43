"""Carrying out an Edit: project, follow the constraints, and draw the path."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.errors import EditError
from serve.latent.bounds import Bounds
from serve.latent.edit import Edit, LatentCache
from serve.latent.editor import EditorProgress, LatentEditor
from serve.latent.lbfgs import Limits, SolverProgress
from serve.latent.path import latent_path
from serve.latent.projection import project
from serve.latent.raster import rasterise
from serve.photo.pixels import tensor_to_pixels

if TYPE_CHECKING:
    from serve.bundle import Bundle


@dataclass(frozen=True)
class EditResult:
    """What an edit came to.

    Attributes:
        edit: the same edit with its cache filled.
        latents: the path from z0 to z, float32 (settings.frames + 1, latent_dim).
        frames: its images, uint8 (settings.frames + 1, S, S, C).
        progress: of the latent editor; None when z came from the cache.
    """

    edit: Edit
    latents: Tensor
    frames: npt.NDArray[np.uint8]
    progress: EditorProgress | None


def carry_out(
    edit: Edit,
    bundle: "Bundle",
    picture: npt.NDArray[np.uint8],
    *,
    on_projection: Callable[[SolverProgress], None] | None = None,
    on_editing: Callable[[EditorProgress], None] | None = None,
) -> EditResult:
    """Run a completed edit, or take its latents from the cache.

    Args:
        edit: see `Edit.completed`.
        picture: the photo through the edit's frame, uint8 (S, S, C).

    Raises:
        PhotoError: the picture is not of the bundle's size and channels.
        BundleError: the edit's method needs a network that the bundle lacks.
        EditError: the cache does not hold latents of this bundle.
    """
    if edit.frame is None:
        raise ValueError("the edit has no frame; complete it first")
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    settings = edit.settings
    progress = None
    if edit.cache is not None:
        start = _cached(edit.cache.z0, "z0", bundle.manifest.latent.dim, bounds)
        result = _cached(edit.cache.z, "z", bundle.manifest.latent.dim, bounds)
    else:
        start = project(
            bundle,
            picture[None],
            settings.method,
            seed=edit.seed,
            limits=Limits(iterations=settings.iterations),
            callback=on_projection,
        ).latents[0]
        editor = LatentEditor(
            bundle.generator, start[None], bounds, settings.weights, settings.learning_rate
        )
        channels = bundle.manifest.image.channels
        editor.set_constraints(rasterise(edit.constraints, edit.frame, channels))
        progress = editor.run_to_convergence(settings.steps, on_editing)
        result = editor.latents[0]
    latents = latent_path(start, result, settings.frames)
    with torch.no_grad():
        frames = tensor_to_pixels(bundle.generator(latents))
    return EditResult(
        edit=dataclasses.replace(edit, cache=LatentCache.of(start, result)),
        latents=latents,
        frames=frames,
        progress=progress,
    )


def _cached(values: tuple[float, ...], key: str, latent_dim: int, bounds: Bounds) -> Tensor:
    latents = torch.tensor(values, dtype=torch.float32)
    if len(latents) != latent_dim or not torch.equal(bounds.clamp(latents), latents):
        raise EditError(
            f"the edit's cached {key!r} is no latent of this bundle; remove the key 'cache' and "
            "run it again."
        )
    return latents
