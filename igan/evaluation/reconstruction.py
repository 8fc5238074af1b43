"""Reconstruction error of the projection methods on held-out photos (table 1 of the paper)."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from serve.bundle import Bundle
from serve.latent import METHODS, Limits, Method, Projection, SolverProgress, project, psnr_db

RESAMPLES = 2000


@dataclass(frozen=True)
class MethodFigures:
    """One row of the table: a method on N photos.

    Attributes:
        loss: mean projection loss; `interval` holds it with 95 % confidence (bootstrap).
        pixel, feature: mean of its two terms, the feature term before its weight.
        psnr_db: mean over photos.
        gradient_steps: mean number of network evaluations spent on a photo.
        seconds_per_photo: wall time of the batch over N.
    """

    method: Method
    loss: float
    interval: tuple[float, float]
    pixel: float
    feature: float
    psnr_db: float
    gradient_steps: float
    seconds_per_photo: float


def compare_methods(
    bundle: Bundle,
    photos: npt.NDArray[np.uint8],
    iterations: int = 200,
    seed: int = 0,
    on_progress: Callable[[Method, SolverProgress], None] | None = None,
) -> tuple[list[MethodFigures], dict[Method, Projection]]:
    """Project uint8 (N, S, S, C) photos by every method, one random start and the same limit each.

    Raises:
        BundleError: the bundle has no projection network.
    """
    figures, projections = [], {}
    for method in METHODS:
        began = time.perf_counter()
        projection = project(
            bundle,
            photos,
            method,
            seed=seed,
            limits=Limits(iterations=iterations),
            callback=_for_method(on_progress, method),
        )
        seconds = time.perf_counter() - began
        figures.append(_figures(projection, photos, seconds))
        projections[method] = projection
    return figures, projections


def bootstrap_interval(values: npt.NDArray[np.float64], seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile interval of the mean of `values` (N,) over resampled photos."""
    draws = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(1), [2.5, 97.5])
    return float(low), float(high)


def _figures(
    projection: Projection, photos: npt.NDArray[np.uint8], seconds: float
) -> MethodFigures:
    losses = projection.terms.total.double().numpy()
    return MethodFigures(
        method=projection.method,
        loss=float(losses.mean()),
        interval=bootstrap_interval(losses),
        pixel=projection.terms.pixel.mean().item(),
        feature=projection.terms.feature.mean().item(),
        psnr_db=float(np.mean(psnr_db(projection.reconstructions, photos))),
        gradient_steps=projection.evaluations.to(torch.float64).mean().item(),
        seconds_per_photo=seconds / len(photos),
    )


def _for_method(
    on_progress: Callable[[Method, SolverProgress], None] | None, method: Method
) -> Callable[[SolverProgress], None] | None:
    if on_progress is None:
        return None
    return lambda progress: on_progress(method, progress)
