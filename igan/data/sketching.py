"""Line drawings of photos: thin, dark outlines on white, as in sketch sets of products."""

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

WORKING_SIZE_PX = 256
"""The longer side at which lines are found; a line is the same part of a picture of any size."""

EDGE_LEVELS = (50.0, 130.0)
"""The gradient of Lab (by Sobel, so four times the step) that continues a line, and begins one."""

HIGHLIGHT_STRETCH = 5.0
"""Lightness l counts as l + l^this, so that what is white on white has an outline, too."""

_LIGHTNESS = np.arange(256, dtype=np.float32) / 255
_STRETCHED = 255 * (_LIGHTNESS + _LIGHTNESS**HIGHLIGHT_STRETCH)

SHORTEST_LINE_PX = 20
LINE_WIDTH_PX = 2


def draw_sketch(pixels: Pixels) -> Pixels:
    """Draw the outlines of a photo.

    Args:
        pixels: uint8 (H, W, C), RGB or grey.

    Returns:
        uint8 (H', W', 1), dark lines on white, its longer side WORKING_SIZE_PX.
    """
    photo = _at_working_size(pixels)
    smooth = cv2.bilateralFilter(photo, d=7, sigmaColor=40, sigmaSpace=5)
    steps_x, steps_y = _largest_steps(_toned(smooth))
    edges = cv2.Canny(steps_x, steps_y, *EDGE_LEVELS, L2gradient=True)
    pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (LINE_WIDTH_PX, LINE_WIDTH_PX))
    lines = cv2.dilate(_without_specks(np.asarray(edges, np.uint8)), pen)
    return 255 - np.asarray(cv2.GaussianBlur(lines, (3, 3), 0), np.uint8)[:, :, None]


def _at_working_size(pixels: Pixels) -> Pixels:
    colour = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    height_px, width_px = colour.shape[:2]
    scale = WORKING_SIZE_PX / max(height_px, width_px)
    size = (max(1, round(width_px * scale)), max(1, round(height_px * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(colour), size, interpolation=how)
    return np.asarray(resized, np.uint8)


def _toned(rgb: npt.NDArray) -> npt.NDArray[np.float32]:
    """Return lightness, its light end stretched, and the two colours of Lab."""
    lab = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB))
    toned = lab.astype(np.float32)
    toned[:, :, 0] = _STRETCHED[lab[:, :, 0]]
    return toned


def _largest_steps(
    channels: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    """Return the gradient of the channel that changes most, pixel by pixel."""
    x = np.asarray(cv2.Sobel(channels, cv2.CV_32F, 1, 0))
    y = np.asarray(cv2.Sobel(channels, cv2.CV_32F, 0, 1))
    largest = (x * x + y * y).argmax(axis=2)[:, :, None]
    chosen = [np.take_along_axis(steps, largest, axis=2)[:, :, 0] for steps in (x, y)]
    return np.rint(chosen[0]).astype(np.int16), np.rint(chosen[1]).astype(np.int16)


def _without_specks(edges: Pixels) -> Pixels:
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(edges, connectivity=8)
    kept = statistics[:, cv2.CC_STAT_AREA] >= SHORTEST_LINE_PX
    kept[0] = False  # what is no line
    return np.where(kept[labels], np.uint8(255), np.uint8(0))
