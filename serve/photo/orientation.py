"""Turning a photo the way its EXIF orientation says."""

from typing import Any

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]

UPRIGHT = 1


def upright(samples: Samples, orientation: int) -> Samples:
    """Apply an EXIF orientation (1 to 8; anything else counts as upright) to (H, W, C)."""
    if orientation in (5, 6, 7, 8):
        samples = samples.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    return np.ascontiguousarray(samples)
