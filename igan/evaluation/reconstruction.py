"""Reconstruction error of the projection methods on held-out photos (table 1 of the paper)."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from igan.evaluation.bootstrap import bootstrap_interval, ratio_interval
from igan.evaluation.perceptual import PerceptualDistance
from serve.bundle import Bundle
from serve.latent import METHODS, Limits, Method, Projection, SolverProgress, project, psnr_db
from serve.latent.ssim import ssim

Interval = tuple[float, float]


@dataclass(frozen=True)
class MethodFigures:
    """One row of the table: a method on N photos.

    Attributes:
        starts: random starts of each photo, the best of which counts; 1 for the other methods.
        loss: mean projection loss; `interval` holds it with 95 % confidence (bootstrap).
        pixel, feature: mean of its two terms, the feature term before its weight.
        psnr_db, ssim, perceptual: means over photos; the last is None where it was not asked for.
        psnr_interval_db, ssim_interval, perceptual_interval: hold these likewise.
        gradient_steps: mean number of network evaluations spent on a photo, over all its starts.
        seconds_per_photo: wall time of the batch over N.
    """

    method: Method
    starts: int
    loss: float
    interval: Interval
    pixel: float
    feature: float
    psnr_db: float
    psnr_interval_db: Interval
    ssim: float
    ssim_interval: Interval
    perceptual: float | None
    perceptual_interval: Interval | None
    gradient_steps: float
    seconds_per_photo: float

    @property
    def label(self) -> str:
        return self.method if self.starts == 1 else f"{self.method}, best of {self.starts}"


@dataclass(frozen=True)
class LossRatio:
    """Mean loss of one method over that of another on the same photos, with its 95 % interval."""

    of: str
    to: str
    ratio: float
    interval: Interval


@dataclass(frozen=True)
class MethodComparison:
    """The methods on the same photos, in the order of the paper's table."""

    figures: list[MethodFigures]
    projections: list[Projection]

    def losses(self, row: int) -> npt.NDArray[np.float64]:
        """Projection losses of one method, float64 (N,)."""
        losses: npt.NDArray[np.float64] = self.projections[row].terms.total.double().numpy()
        return losses

    @property
    def ratios(self) -> list[LossRatio]:
        """Hybrid, the last row, over each of the others."""
        hybrid = self.losses(-1)
        return [
            LossRatio(
                self.figures[-1].label,
                figures.label,
                float(hybrid.mean() / self.losses(row).mean()),
                ratio_interval(hybrid, self.losses(row)),
            )
            for row, figures in enumerate(self.figures[:-1])
        ]


def compare_methods(
    bundle: Bundle,
    photos: npt.NDArray[np.uint8],
    iterations: int = 200,
    seed: int = 0,
    starts: int = 1,
    perceptual: PerceptualDistance | None = None,
    on_progress: Callable[[Method, SolverProgress], None] | None = None,
) -> MethodComparison:
    """Project uint8 (N, S, S, C) photos by every method, all with the same solver and limit.

    Args:
        starts: above 1, optimisation is measured a second time, with the best of so many random
            starts.
        perceptual: a distance of pictures to be measured as well.

    Raises:
        BundleError: the bundle has no projection network.
        PhotoError: the photos are not of the bundle's size and channels.
    """
    rows: list[tuple[Method, int]] = [
        (method, count)
        for method in METHODS
        for count in ([1, starts] if method == "optimisation" and starts > 1 else [1])
    ]
    figures, projections = [], []
    for method, count in rows:
        began = time.perf_counter()
        projection = project(
            bundle,
            photos,
            method,
            starts=count,
            seed=seed,
            limits=Limits(iterations=iterations),
            callback=_for_method(on_progress, method),
        )
        seconds = time.perf_counter() - began
        figures.append(_figures(projection, photos, count, perceptual, seconds))
        projections.append(projection)
    return MethodComparison(figures, projections)


def _figures(
    projection: Projection,
    photos: npt.NDArray[np.uint8],
    starts: int,
    perceptual: PerceptualDistance | None,
    seconds: float,
) -> MethodFigures:
    losses = projection.terms.total.double().numpy()
    pictures = projection.reconstructions
    psnrs, ssims = psnr_db(pictures, photos), ssim(pictures, photos)
    distances = None if perceptual is None else perceptual(pictures, photos)
    return MethodFigures(
        method=projection.method,
        starts=starts,
        loss=float(losses.mean()),
        interval=bootstrap_interval(losses),
        pixel=projection.terms.pixel.mean().item(),
        feature=projection.terms.feature.mean().item(),
        psnr_db=float(psnrs.mean()),
        psnr_interval_db=bootstrap_interval(psnrs),
        ssim=float(ssims.mean()),
        ssim_interval=bootstrap_interval(ssims),
        perceptual=None if distances is None else float(distances.mean()),
        perceptual_interval=None if distances is None else bootstrap_interval(distances),
        gradient_steps=projection.evaluations.double().mean().item(),
        seconds_per_photo=seconds / len(photos),
    )


def _for_method(
    on_progress: Callable[[Method, SolverProgress], None] | None, method: Method
) -> Callable[[SolverProgress], None] | None:
    if on_progress is None:
        return None
    return lambda progress: on_progress(method, progress)
