"""Sets of generated pictures compared with photos, in several feature spaces at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from igan.evaluation.feature_spaces import FeatureSpace
from igan.evaluation.realism import bootstrapped_kernel_distance, frechet_distance

TRAINING_PHOTOS = "photos to train on"

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class RealismFigures:
    """One set of pictures in one feature space.

    Attributes:
        kid: against held-out photos; `kid_interval` holds it with 95 % confidence.
        fid: against the photos to train on; None for these themselves.
    """

    source: str
    space: str
    kid: float
    kid_interval: tuple[float, float]
    fid: float | None


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
        trained: photos that FID is measured against; there should be more than a space has
            dimensions.
        progress: gets the number of pictures of each part that was looked at.
    """
    figures = []
    for space in spaces:
        of_held_out = space.of_pixels(held_out, progress)
        of_trained = space.of_pixels(trained, progress)
        kid = bootstrapped_kernel_distance(of_held_out, of_trained)
        figures.append(RealismFigures(TRAINING_PHOTOS, space.name, kid.value, kid.interval, None))
        for name, drawn in pictures.items():
            features = space.of_pixels(drawn, progress)
            kid = bootstrapped_kernel_distance(of_held_out, features)
            fid = frechet_distance(of_trained, features)
            figures.append(RealismFigures(name, space.name, kid.value, kid.interval, fid))
    return figures
