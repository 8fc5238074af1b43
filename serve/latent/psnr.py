"""Peak signal-to-noise ratio of 8-bit pictures."""

import numpy as np
import numpy.typing as npt

PEAK = 255.0


def psnr_db(
    pictures: npt.NDArray[np.uint8], references: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float64]:
    """10 log10(255^2 / mean squared error) of each picture, in decibels; infinite where equal.

    Args:
        pictures, references: uint8 (N, H, W, C).
    """
    difference = pictures.astype(np.float64) - references.astype(np.float64)
    mean_squared = np.square(difference).reshape(len(difference), -1).mean(axis=1)
    with np.errstate(divide="ignore"):
        return 10 * np.log10(PEAK**2 / mean_squared)
