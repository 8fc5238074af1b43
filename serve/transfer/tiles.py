"""Applying small fields to a large photo, tile by tile."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.depth import Samples
from serve.photo.frame import PhotoFrame
from serve.transfer.reach import border_ramps
from serve.transfer.separable import enlarged
from serve.transfer.upsampling import GuidedField

FloatArray = npt.NDArray[np.float32]

TILE_PX = 512
KERNEL_PX = 5
"""Lanczos' kernel needs four pixels on either side of a position; one more against rounding."""


@dataclass(frozen=True, eq=False)
class PhotoMotion:
    """Motion on the network's grid, where the edited photo will lie.

    Attributes:
        flow_target_to_source_px: float32 (2, S, S) in photo pixels.
        let_through: float32 (S, S) in [0, 1], the share of it that is applied.
    """

    flow_target_to_source_px: FloatArray
    let_through: FloatArray


@dataclass(frozen=True, eq=False)
class PhotoColour:
    """Change of colour on the network's grid, where the original photo lies.

    Attributes:
        change: the colour map less the identity, C (C + 1) fields guided by the photo.
        let_through: float32 (S, S) in [0, 1], the share of it that is applied.
    """

    change: GuidedField
    let_through: FloatArray


@dataclass(frozen=True, eq=False)
class PhotoEdit:
    """All that is needed to edit any tile of a photo; None for what stays as it is."""

    frame: PhotoFrame
    motion: PhotoMotion | None
    colour: PhotoColour | None
    border_px: float

    def apply(self, pixels: Samples, alpha: Samples | None) -> tuple[Samples, Samples | None]:
        """Edit a photo's samples.

        The original is recoloured where it lies and then resampled once (Lanczos). Where the edit
        does not reach, the samples come out as they went in.

        Args:
            pixels: (H, W, C) of the frame's photo, C as many as the colour maps have.
            alpha: (H, W) or None; it moves along.

        Returns:
            New samples of the same shapes and dtypes.
        """
        edited = pixels.copy()
        edited_alpha = None if alpha is None else alpha.copy()
        for rows, columns in photo_tiles(self.frame):
            if self.motion is None:
                edited[rows, columns] = to_samples(
                    self._recoloured(pixels, rows, columns), pixels.dtype
                )
                continue
            map_x, map_y = self._source_positions(self.motion, rows, columns)
            source_rows = _needed(map_y, self.frame.photo_height_px)
            source_columns = _needed(map_x, self.frame.photo_width_px)
            index_x = map_x - np.float32(source_columns.start + 0.5)
            index_y = map_y - np.float32(source_rows.start + 0.5)
            source = self._recoloured(pixels, source_rows, source_columns)
            edited[rows, columns] = _resampled(source, index_x, index_y, pixels.dtype)
            if alpha is not None and edited_alpha is not None:
                source = alpha[source_rows, source_columns, None].astype(np.float32)
                edited_alpha[rows, columns] = _resampled(source, index_x, index_y, alpha.dtype)[
                    ..., 0
                ]
        return edited, edited_alpha

    def _source_positions(
        self, motion: PhotoMotion, rows: slice, columns: slice
    ) -> tuple[FloatArray, FloatArray]:
        """Where the pixels of a tile come from, float32 (H, W) each, in photo coordinates."""
        x, y = pixel_positions(columns), pixel_positions(rows)
        grid_x, grid_y = grid_positions(self.frame, x, y)
        share = enlarged(motion.let_through, grid_x, grid_y, kernel="linear")
        share *= border_ramps(self.frame, x, y, self.border_px)
        flow = enlarged(motion.flow_target_to_source_px, grid_x, grid_y) * share
        return (
            (x[None, :] + flow[0]).astype(np.float32),
            (y[:, None] + flow[1]).astype(np.float32),
        )

    def _recoloured(self, pixels: Samples, rows: slice, columns: slice) -> FloatArray:
        """The samples of a rectangle in their new colours, float32 (H, W, C), not clipped."""
        original = pixels[rows, columns].astype(np.float32)
        if self.colour is None:
            return original
        x, y = pixel_positions(columns), pixel_positions(rows)
        grid_x, grid_y = grid_positions(self.frame, x, y)
        share = enlarged(self.colour.let_through, grid_x, grid_y, kernel="linear")
        share *= border_ramps(self.frame, x, y, self.border_px)
        if not share.any():
            return original
        white = np.float32(np.iinfo(pixels.dtype).max)
        channels = pixels.shape[2]
        colours = original / white
        change = self.colour.change.at(grid_x, grid_y, colours)
        change = change.reshape(channels, channels + 1, *share.shape)
        share *= white
        for target in range(channels):
            difference = change[target, channels]
            for source in range(channels):
                difference += change[target, source] * colours[..., source]
            original[..., target] += share * difference
        return original


def photo_tiles(frame: PhotoFrame) -> Iterator[tuple[slice, slice]]:
    """Cut the part of the photo that the frame touches into rows and columns of tiles."""
    x0, y0, x1, y1 = frame.region
    left, top = max(0, int(np.floor(x0))), max(0, int(np.floor(y0)))
    right = min(frame.photo_width_px, int(np.ceil(x1)))
    bottom = min(frame.photo_height_px, int(np.ceil(y1)))
    for row in range(top, bottom, TILE_PX):
        for column in range(left, right, TILE_PX):
            yield (
                slice(row, min(row + TILE_PX, bottom)),
                slice(column, min(column + TILE_PX, right)),
            )


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


def _needed(positions: FloatArray, photo_length_px: int) -> slice:
    """The stretch of the photo that resampling at these positions reads."""
    start = int(np.clip(np.floor(positions.min()) - KERNEL_PX, 0, photo_length_px - 1))
    stop = int(np.clip(np.ceil(positions.max()) + KERNEL_PX, start + 1, photo_length_px))
    return slice(start, stop)


def _resampled(
    source: FloatArray, index_x: FloatArray, index_y: FloatArray, dtype: npt.DTypeLike
) -> Samples:
    values = cv2.remap(
        source, index_x, index_y, cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
    )
    return to_samples(np.asarray(values, np.float32).reshape(*index_x.shape, -1), dtype)


def to_samples(values: FloatArray, dtype: npt.DTypeLike) -> Samples:
    """Round and clip to what the dtype holds."""
    rounded: Samples = np.rint(np.clip(values, 0, np.iinfo(dtype).max)).astype(dtype)
    return rounded
