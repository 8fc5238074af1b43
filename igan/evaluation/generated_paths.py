"""Frames from a model between its projections of two pictures."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch

from serve.bundle import Bundle
from serve.latent import SolverProgress, project
from serve.latent.path import latent_path
from serve.photo.pixels import tensor_to_pixels

OPTIMISATION_STARTS = 4


def generated_paths(
    bundle: Bundle,
    pictures: npt.NDArray[np.uint8],
    steps: int,
    seed: int = 0,
    on_progress: Callable[[SolverProgress], None] | None = None,
) -> list[npt.NDArray[np.uint8]]:
    """Project pairs of pictures and walk from one latent to the other.

    Projection is hybrid where the bundle has a projection network, else by optimisation.

    Args:
        bundle: a model of such pictures.
        pictures: uint8 (N, 2, S, S, C), sources and targets.
        steps: of each path.
        seed: of the random starts.
        on_progress: called after every step of the solver.

    Returns:
        N times uint8 (steps + 1, S, S, C), from the source's projection to the target's.
    """
    projection = project(
        bundle,
        pictures.reshape(-1, *pictures.shape[2:]),
        "optimisation" if bundle.projector is None else "hybrid",
        starts=OPTIMISATION_STARTS,
        seed=seed,
        callback=on_progress,
    )
    latents = projection.latents.reshape(len(pictures), 2, -1)
    with torch.no_grad():
        return [
            tensor_to_pixels(bundle.generator(latent_path(start, end, steps)))
            for start, end in latents
        ]
