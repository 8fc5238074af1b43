"""A 64-bit hash of what a picture shows: pictures that look alike differ in few bits.

The signs of a picture's lowest frequencies, after C. Zauner, "Implementation and Benchmarking of
Perceptual Image Hash Functions" (2010), section 3.2.
"""

import cv2
import numpy as np

_GRID_PX = 32
_FREQUENCIES = 8


def perceptual_hash(pixels: np.ndarray) -> int:
    """Hash uint8 (H, W, C), RGB or one channel, to 64 bits.

    Bit 8 y + x tells whether the grey picture's cosine coefficient (x, y) is above the median of
    the lowest 8 x 8; the mean brightness, coefficient (0, 0), is left out of the median.
    """
    grid = cv2.resize(pixels, (_GRID_PX, _GRID_PX), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(grid, cv2.COLOR_RGB2GRAY) if pixels.shape[2] == 3 else grid
    lowest = cv2.dct(grey.astype(np.float32))[:_FREQUENCIES, :_FREQUENCIES].ravel()
    median = np.sort(lowest[1:])[lowest.size // 2 - 1]
    bits = np.packbits(lowest > median, bitorder="little")
    return int.from_bytes(bits.tobytes(), "little")
