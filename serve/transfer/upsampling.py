"""From the network's grid to the photo's pixels."""

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.transfer.separable import enlarged

FloatArray = npt.NDArray[np.float32]

KNOTS_PER_GRID_PIXEL = 3
"""Cubic interpolation is evaluated at this many knots a grid pixel or more, and is linear between
them: at 3 the two differ by less than 1.4 % of the field's second difference."""


def pixel_positions(pixels: slice) -> npt.NDArray[np.float64]:
    """Centres of a stretch of pixels in photo coordinates."""
    return np.arange(pixels.start, pixels.stop) + 0.5


def grid_positions(
    frame: PhotoFrame, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Take columns x and rows y from photo to grid coordinates, each axis by itself."""
    x0, y0, _, _ = frame.region
    scale_x, scale_y = frame.scale_xy
    return (x - x0) / scale_x, (y - y0) / scale_y


def fields_on_tile(
    fields: FloatArray, frame: PhotoFrame, rows: slice, columns: slice
) -> FloatArray | None:
    """Read fields of the network's grid, (K, S, S), at the photo's pixels of one tile.

    Returns:
        float32 (K, H, W); None where all that the tile reads is exactly 0.
    """
    scale_x, scale_y = frame.scale_xy
    step_x, step_y = _knot_step(scale_x), _knot_step(scale_y)
    grid_x, grid_y = grid_positions(frame, _knots(columns, step_x), _knots(rows, step_y))
    if not fields[:, _read_by(grid_y, fields.shape[1]), _read_by(grid_x, fields.shape[2])].any():
        return None
    knots = enlarged(fields, grid_x, grid_y)
    if step_x == step_y == 1:
        return knots[:, 1:-1, 1:-1]
    height, width = rows.stop - rows.start, columns.stop - columns.start
    size = (knots.shape[2] * step_x, knots.shape[1] * step_y)
    tile = np.empty((len(fields), height, width), dtype=np.float32)
    for plane, coarse in zip(tile, knots, strict=True):
        finer = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
        plane[:] = finer[step_y : step_y + height, step_x : step_x + width]
    return tile


def _knot_step(photo_px_per_grid_px: float) -> int:
    """Photo pixels from knot to knot, a power of two."""
    step = 1
    while 2 * step * KNOTS_PER_GRID_PIXEL <= photo_px_per_grid_px:
        step *= 2
    return step


def _knots(pixels: slice, step: int) -> npt.NDArray[np.float64]:
    """Centres of the blocks of `step` pixels that cover a stretch, and of one more on each side."""
    count = -(-(pixels.stop - pixels.start) // step)
    return pixels.start + (np.arange(-1, count + 1) + 0.5) * step


def _read_by(positions: npt.NDArray[np.float64], length: int) -> slice:
    """The stretch of a grid axis that cubic interpolation reads at these positions."""
    first = int(np.floor(positions[0] - 0.5)) - 1
    last = int(np.floor(positions[-1] - 0.5)) + 2
    return slice(max(0, min(first, length - 1)), min(length, max(last, 0) + 1))
