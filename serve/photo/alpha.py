"""What a partly clear photo looks like on paper."""

import numpy as np
import numpy.typing as npt

BAND_PIXELS = 1_000_000


def over_white(
    pixels: npt.NDArray[np.uint8], alpha: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint8]:
    """Lay uint8 (H, W, C) over white where `alpha`, uint8 (H, W), says that it is clear (0)."""
    laid = np.empty_like(pixels)
    rows = max(1, BAND_PIXELS // max(1, pixels.shape[1]))
    for start in range(0, len(pixels), rows):
        band = slice(start, start + rows)
        opacity = alpha[band].astype(np.float32)[..., None] / 255.0
        laid[band] = np.rint(255.0 + (pixels[band] - np.float32(255.0)) * opacity)
    return laid
