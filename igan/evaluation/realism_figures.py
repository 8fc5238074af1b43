"""Sets of generated pictures compared with photos, in several feature spaces at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from igan.evaluation.bootstrap import share_interval
from igan.evaluation.feature_spaces import FeatureSpace
from igan.evaluation.precision_recall import Features, in_manifold, precision_and_recall
from igan.evaluation.realism import (
    bootstrapped_kernel_distance,
    frechet_distance,
    frechet_interval,
)

TRAINING_PHOTOS = "photos to train on"

Pictures = npt.NDArray[np.uint8]
Interval = tuple[float, float]


@dataclass(frozen=True)
class RealismFigures:
    """One set of pictures in one feature space, each figure with its 95 % interval.

    Attributes:
        kid: against held-out photos.
        fid: against the photos to train on; None for these themselves.
        precision: share of the pictures in the manifold of the photos to train on; in the row of
            these themselves that of the held-out photos.
        recall: share of the photos to train on in the manifold of the pictures; None for these
            themselves.
    """

    source: str
    space: str
    kid: float
    kid_interval: Interval
    fid: float | None
    fid_interval: Interval | None
    precision: float
    precision_interval: Interval
    recall: float | None
    recall_interval: Interval | None


def compare_with_photos(
    pictures: Mapping[str, Pictures],
    held_out: Pictures,
    trained: Pictures,
    spaces: Sequence[FeatureSpace],
    progress: Callable[[int], object] = lambda pictures: None,
) -> list[RealismFigures]:
    """Compare each of the named sets `uint8 (N, S, S, C)` with photos.

    The photos to train on are compared too: what they reach, a perfect model of them would.

    Args:
        held_out: photos that KID is measured against.
        trained: photos that FID, precision and recall are measured against; there should be more
            than a space has dimensions, and about as many as samples.
        progress: gets the number of pictures of each part that was looked at.
    """
    figures = []
    for space in spaces:
        of_held_out = space.of_pixels(held_out, progress)
        of_trained = space.of_pixels(trained, progress)
        figures.append(_of_photos(space.name, of_held_out, of_trained))
        for name, drawn in pictures.items():
            features = space.of_pixels(drawn, progress)
            figures.append(_of_samples(name, space.name, of_held_out, of_trained, features))
    return figures


def _of_photos(space: str, held_out: Features, trained: Features) -> RealismFigures:
    kid = bootstrapped_kernel_distance(held_out, trained)
    inside = in_manifold(trained, held_out)
    return RealismFigures(
        source=TRAINING_PHOTOS,
        space=space,
        kid=kid.value,
        kid_interval=kid.interval,
        fid=None,
        fid_interval=None,
        precision=float(inside.mean()),
        precision_interval=share_interval(inside),
        recall=None,
        recall_interval=None,
    )


def _of_samples(
    source: str, space: str, held_out: Features, trained: Features, samples: Features
) -> RealismFigures:
    kid = bootstrapped_kernel_distance(held_out, samples)
    inside = precision_and_recall(trained, samples)
    return RealismFigures(
        source=source,
        space=space,
        kid=kid.value,
        kid_interval=kid.interval,
        fid=frechet_distance(trained, samples),
        fid_interval=frechet_interval(trained, samples),
        precision=float(inside.samples.mean()),
        precision_interval=share_interval(inside.samples),
        recall=float(inside.photos.mean()),
        recall_interval=share_interval(inside.photos),
    )
