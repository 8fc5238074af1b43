"""Taking lines of one colour away at the sides of a photo."""

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

TOLERANCE_LEVELS = 10
"""What JPEG leaves on a border of one colour stays within."""


def trimmed(pixels: Pixels) -> Pixels:
    """Return the part of uint8 (H, W, C) inside its uniform border, and one line of that.

    A side's border is the lines from that side on whose every pixel has the colour of its outermost
    line (the median), within TOLERANCE_LEVELS in each channel. Of a border that is taken away one
    line stays, in just this colour, so that what repeats the sides of the photo goes on with it. A
    photo of one colour stays whole.
    """
    height_px, width_px = pixels.shape[:2]
    top, bottom = _border_lines(pixels), _border_lines(pixels[::-1])
    if top == height_px:
        return pixels
    columns = pixels[top : height_px - bottom].transpose(1, 0, 2)
    left, right = _border_lines(columns), _border_lines(columns[::-1])
    rows_kept = slice(max(0, top - 1), height_px - max(0, bottom - 1))
    columns_kept = slice(max(0, left - 1), width_px - max(0, right - 1))
    kept = pixels[rows_kept, columns_kept].copy()
    if left:
        kept[:, 0] = _colour(columns[0])
    if right:
        kept[:, -1] = _colour(columns[-1])
    if top:
        kept[0] = _colour(pixels[0])
    if bottom:
        kept[-1] = _colour(pixels[-1])
    return kept


def _border_lines(lines: Pixels) -> int:
    colour = _colour(lines[0])
    for index, line in enumerate(lines):
        if np.abs(line.astype(np.int16) - colour).max() > TOLERANCE_LEVELS:
            return index
    return len(lines)


def _colour(line: Pixels) -> Pixels:
    return np.rint(np.median(line, axis=0)).astype(np.uint8)
