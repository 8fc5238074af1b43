"""The exact area average of a region of a photo; what stores keep and what frames cut."""

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.resampling import resample_region

Pixels = npt.NDArray[np.uint8]
Region = tuple[float, float, float, float]

MOST_ENLARGED_SIDE = 2
"""A region with a side of more times the photo's longer one is weighted, not bordered."""


def resampled_square(pixels: Pixels, region: Region, size: int) -> Pixels:
    """Resample a region of uint8 (H, W, C) to uint8 (size, size, C), antialiased.

    Along an axis that shrinks, each output pixel is the average of its area; along one that grows,
    it is Keys' bicubic (see `serve.photo.resampling`). Border pixels are repeated beyond the photo.
    A region whose edges are no whole or half pixels is left to `resample_region`, whose averages
    have their centres of mass moved to the pixels' centres.

    Args:
        region: (x0, y0, x1, y1) in pixels, origin at the corner; it may leave the photo.
    """
    if not _is_on_half_pixels(pixels, region):
        return _rounded(resample_region(pixels, region, (size, size)))
    x0, y0, x1, y1 = region
    if _is_plain_reduction(pixels, region, size):
        inside = pixels[int(y0) : int(y1), int(x0) : int(x1)]
        averaged = cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA)
        return np.asarray(averaged, np.uint8).reshape(size, size, -1)
    axes = {0: (y0, y1), 1: (x0, x1)}
    shrinking = [axis for axis, (start, stop) in axes.items() if stop - start >= size]
    for axis in shrinking:
        pixels, axes[axis] = _cut(pixels, axis, *axes[axis])
    for axis in sorted(shrinking, key=lambda axis: _makes_larger(*axes[axis])):
        pixels = _averaged(pixels, axis, *axes[axis], size)
        axes[axis] = (0.0, float(size))
    if axes[0] == axes[1] == (0.0, size) and pixels.shape[:2] == (size, size):
        return pixels
    remaining = (axes[1][0], axes[0][0], axes[1][1], axes[0][1])
    return _rounded(resample_region(pixels, remaining, (size, size)))


def _rounded(square: npt.NDArray[np.float32]) -> Pixels:
    return np.rint(np.clip(square, 0, 255)).astype(np.uint8)


def _is_on_half_pixels(pixels: Pixels, region: Region) -> bool:
    x0, y0, x1, y1 = region
    longest_px = MOST_ENLARGED_SIDE * max(pixels.shape[:2])
    is_aligned = all((2 * edge) % 1 == 0 for edge in region)
    return is_aligned and max(x1 - x0, y1 - y0) <= longest_px


def _is_plain_reduction(pixels: Pixels, region: Region, size: int) -> bool:
    """Tell whether a region of whole pixels inside the photo shrinks along both axes."""
    x0, y0, x1, y1 = region
    height_px, width_px = pixels.shape[:2]
    is_inside = min(x0, y0) >= 0 and x1 <= width_px and y1 <= height_px
    is_whole = all(edge % 1 == 0 for edge in region)
    return is_inside and is_whole and min(x1 - x0, y1 - y0) >= size


def _makes_larger(start: float, stop: float) -> bool:
    """Tell whether an axis has to be padded or doubled first, for which the other one shrinks."""
    return start < 0 or start % 1 > 0 or stop % 1 > 0


def _cut(
    pixels: Pixels, axis: int, start: float, stop: float
) -> tuple[Pixels, tuple[float, float]]:
    """Drop the pixels outside [start, stop); return the others, and where it lies in them."""
    first, last = max(0, int(start)), int(np.ceil(stop))
    kept = pixels[first:last] if axis == 0 else pixels[:, first:last]
    return kept, (start - first, stop - first)


def _averaged(pixels: Pixels, axis: int, start: float, stop: float, count: int) -> Pixels:
    """Average [start, stop) of one axis, of which all pixels are inside it, to `count` pixels."""
    if start % 1 or stop % 1:
        pixels = np.repeat(pixels, 2, axis=axis)
        start, stop = 2 * start, 2 * stop
    first, last = max(0, int(start)), min(pixels.shape[axis], int(stop))
    pixels = pixels[first:last] if axis == 0 else pixels[:, first:last]
    before, after = first - int(start), int(stop) - last
    if before or after:
        top, bottom, left, right = (before, after, 0, 0) if axis == 0 else (0, 0, before, after)
        bordered = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE)
        whole = _with_length(pixels, axis, before + last - first + after)
        pixels = np.asarray(bordered, np.uint8).reshape(whole)
    shape = _with_length(pixels, axis, count)
    averaged = cv2.resize(pixels, (shape[1], shape[0]), interpolation=cv2.INTER_AREA)
    return np.asarray(averaged, np.uint8).reshape(shape)


def _with_length(pixels: Pixels, axis: int, length: int) -> tuple[int, int, int]:
    height, width, channels = pixels.shape
    return (length, width, channels) if axis == 0 else (height, length, channels)
