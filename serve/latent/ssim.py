"""Structural similarity of 8-bit pictures."""

import cv2
import numpy as np
import numpy.typing as npt

Planes = npt.NDArray[np.float64]

PEAK = 255.0
WINDOW_PX = 11
SIGMA_PX = 1.5
K1, K2 = 0.01, 0.03


def ssim(
    pictures: npt.NDArray[np.uint8], references: npt.NDArray[np.uint8]
) -> npt.NDArray[np.float64]:
    """Mean structural similarity of each picture, at most 1, which is equality.

    Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to Structural
    Similarity" (2004), equation 13: Gaussian windows of 11 pixels (sigma 1.5), K1 = 0.01,
    K2 = 0.03, range 255; the mean over channels and over windows that lie inside the picture.

    Args:
        pictures, references: uint8 (N, H, W, C), sides of at least 11 pixels.

    Returns:
        float64 (N,).
    """
    if pictures.shape != references.shape or pictures.ndim != 4:
        raise ValueError(f"pictures {pictures.shape} and references {references.shape} differ")
    if min(pictures.shape[1:3]) < WINDOW_PX:
        raise ValueError(f"structural similarity needs sides of at least {WINDOW_PX} pixels")
    pairs = zip(pictures.astype(np.float64), references.astype(np.float64), strict=True)
    return np.array([_similarity(picture, reference) for picture, reference in pairs])


def _similarity(picture: Planes, reference: Planes) -> float:
    mean_p, mean_r = _windowed(picture), _windowed(reference)
    variance_p = _windowed(picture**2) - mean_p**2
    variance_r = _windowed(reference**2) - mean_r**2
    covariance = _windowed(picture * reference) - mean_p * mean_r
    c1, c2 = (K1 * PEAK) ** 2, (K2 * PEAK) ** 2
    luminance = (2 * mean_p * mean_r + c1) / (mean_p**2 + mean_r**2 + c1)
    structure = (2 * covariance + c2) / (variance_p + variance_r + c2)
    return float((luminance * structure).mean())


def _windowed(plane: Planes) -> Planes:
    """Weighted means of the windows that lie inside (H, W, C)."""
    blurred = cv2.GaussianBlur(plane, (WINDOW_PX, WINDOW_PX), SIGMA_PX)
    radius = WINDOW_PX // 2
    return np.asarray(blurred[radius:-radius, radius:-radius], np.float64)
