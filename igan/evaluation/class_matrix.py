"""Class-specific against cross-class models: each on its own and on the other classes' photos.

Zhu et al. 2016, section 6 compare a model of one class with others on the same photos. Their loss
is each model's own, so that models are compared here by measures that know no model: PSNR, and the
perceptual distance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from igan.evaluation.bootstrap import bootstrap_interval, ratio_interval
from igan.evaluation.perceptual import PerceptualDistance
from serve.bundle import Bundle
from serve.latent import Limits, Method, Projection, SolverProgress, project, psnr_db

Pictures = npt.NDArray[np.uint8]
Interval = tuple[float, float]


@dataclass(frozen=True)
class ClassFigures:
    """One model on the photos of one class, with 95 % intervals (bootstrap over photos).

    Attributes:
        model, photos: names of the bundle and of the store.
        is_own: the model is that of this class.
        psnr_db, perceptual: means over the photos.
        to_own: mean perceptual distance over that of the class's own model on the same photos;
            None for that model itself.
    """

    model: str
    photos: str
    is_own: bool
    count: int
    psnr_db: float
    psnr_interval_db: Interval
    perceptual: float
    perceptual_interval: Interval
    to_own: float | None
    to_own_interval: Interval | None


@dataclass(frozen=True, eq=False)
class ClassPhotos:
    """Held-out photos uint8 (N, S, S, C) of the class of one model."""

    name: str
    photos: Pictures


@dataclass(frozen=True, eq=False)
class ClassMatrix:
    """All models on all photos.

    Attributes:
        figures: class by class, in each the models in their order.
        reconstructions: uint8 (N, S, S, C), in the same order.
    """

    figures: list[ClassFigures]
    reconstructions: list[Pictures]


def measure_classes(
    models: Sequence[Bundle],
    classes: Sequence[ClassPhotos],
    distance: PerceptualDistance,
    method: Method,
    iterations: int,
    seed: int = 0,
    on_progress: Callable[[Bundle, ClassPhotos, SolverProgress], None] | None = None,
) -> ClassMatrix:
    """Reconstruct the photos of every class with every model.

    Args:
        models: the models of the classes, in their order, and then any that belong to none.
        method, iterations, seed: of the projection, the same for all.
    """
    figures, reconstructions = [], []
    for place, photos in enumerate(classes):
        projections = [
            _projection(model, photos, method, iterations, seed, on_progress) for model in models
        ]
        distances = [distance(one.reconstructions, photos.photos) for one in projections]
        for number, (model, projection) in enumerate(zip(models, projections, strict=True)):
            psnr = psnr_db(projection.reconstructions, photos.photos)
            mine, own = distances[number], distances[place]
            is_own = number == place
            figures.append(
                ClassFigures(
                    model=model.manifest.name,
                    photos=photos.name,
                    is_own=is_own,
                    count=len(photos.photos),
                    psnr_db=float(psnr.mean()),
                    psnr_interval_db=bootstrap_interval(psnr),
                    perceptual=float(mine.mean()),
                    perceptual_interval=bootstrap_interval(mine),
                    to_own=None if is_own else float(mine.mean() / own.mean()),
                    to_own_interval=None if is_own else ratio_interval(mine, own),
                )
            )
            reconstructions.append(projection.reconstructions)
    return ClassMatrix(figures, reconstructions)


def _projection(
    model: Bundle,
    photos: ClassPhotos,
    method: Method,
    iterations: int,
    seed: int,
    on_progress: Callable[[Bundle, ClassPhotos, SolverProgress], None] | None,
) -> Projection:
    def show(progress: SolverProgress) -> None:
        if on_progress is not None:
            on_progress(model, photos, progress)

    limits = Limits(iterations=iterations)
    return project(model, photos.photos, method, seed=seed, limits=limits, callback=show)
