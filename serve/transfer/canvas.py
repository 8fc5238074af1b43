"""Applying small fields to a small photo at once, as quickly as a moving picture needs it."""

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.ground import Ground
from serve.transfer.reach import border_ramps
from serve.transfer.tiles import touched_pixels
from serve.transfer.upsampling import grid_positions

FloatArray = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

BLOCK_PX = 2
"""Fields, and what recolouring adds, are computed for blocks of so many pixels a side."""


class PhotoCanvas:
    """A small photo on which edits of the network's grid are drawn again and again.

    `serve.transfer.tiles.PhotoEdit` does the same exactly. Here the photo is resampled bilinearly,
    and what recolouring adds to it is computed at half its resolution. What the edit does not
    reach stays bit for bit.

    Args:
        photo: uint8 without alpha, as `serve.photo.reduction.reduce_photo` makes it.
        frame: where in it the network's square lies.
        ground: of the photo, if it has one.
        border_px: over this width, in network pixels, edits fade out towards the frame's borders
            inside the photo.
    """

    def __init__(
        self, photo: Photo, frame: PhotoFrame, ground: Ground | None, border_px: float
    ) -> None:
        self._pixels, self._ground = photo.as_uint8(photo.channels), ground
        self._rows, self._columns = touched_pixels(frame)
        x, self._blocks_width = _blocks(self._columns)
        y, self._blocks_height = _blocks(self._rows)
        self._x, self._y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
        self._ramps = border_ramps(frame, x, y, border_px)
        self._to_grid = _block_to_grid(frame, x, y)
        self._smaller = _with_white(self._pixels)

    @property
    def channels(self) -> int:
        """Of the photo, 1 or 3."""
        return self._pixels.shape[2]

    def edited(
        self,
        flow_target_to_source_px: FloatArray | None,
        colour_change: FloatArray | None,
        ground_colour_change: FloatArray | None,
    ) -> Pixels:
        """The photo with an edit.

        Args:
            flow_target_to_source_px: float32 (2, S, S) in pixels of the photo; None moves nothing.
            colour_change: float32 (C (C + 1), S, S), the colour map less the identity; None
                recolours nothing.
            ground_colour_change: likewise of the ground.

        Returns:
            uint8 (H, W, C).
        """
        edited = self._pixels.copy()
        part = edited[self._rows, self._columns]
        source_x, source_y = self._x, self._y
        if flow_target_to_source_px is not None:
            motion = self._on_blocks(flow_target_to_source_px)
            if self._ramps is not None:
                motion *= self._ramps[..., None]
            motion_x, motion_y = motion[..., 0], motion[..., 1]
            source_x, source_y = source_x + motion_x, source_y + motion_y
            part[:] = self._moved(motion_x, motion_y).reshape(part.shape)
        added = self._added(source_x, source_y, colour_change, ground_colour_change)
        if added is not None:
            size = part.shape[1], part.shape[0]
            finer = cv2.resize(added, size, interpolation=cv2.INTER_LINEAR).reshape(part.shape)
            part[:] = cv2.add(part, finer, dtype=cv2.CV_8U).reshape(part.shape)
        return edited

    def _moved(self, motion_x: FloatArray, motion_y: FloatArray) -> Pixels:
        width = self._columns.stop - self._columns.start
        height = self._rows.stop - self._rows.start
        index_x, index_y = (
            np.asarray(cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
            for one in (motion_x, motion_y)
        )
        index_x += np.arange(self._columns.start, self._columns.stop, dtype=np.float32)
        index_y += np.arange(self._rows.start, self._rows.stop, dtype=np.float32)[:, None]
        moved = cv2.remap(
            self._pixels, index_x, index_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(moved, np.uint8)

    def _added(
        self,
        source_x: FloatArray,
        source_y: FloatArray,
        colour_change: FloatArray | None,
        ground_colour_change: FloatArray | None,
    ) -> FloatArray | None:
        """What recolouring adds to each block, float32 (h, w, C); None for nothing."""
        changes = (colour_change, ground_colour_change)
        things, ground = (None if one is None or not one.any() else one for one in changes)
        if things is None and ground is None:
            return None
        blocks = self._blocks_at(source_x, source_y)
        share = 0.0 if self._ground is None else self._ground.at(source_x, source_y)
        added = np.zeros((*source_x.shape, self.channels), np.float32)
        for change, weight in ((things, 1 - share), (ground, share)):
            if change is not None:
                added += self._differences(change, blocks) * np.asarray(weight)[..., None]
        return added if self._ramps is None else added * self._ramps[..., None]

    def _differences(self, change: FloatArray, blocks: FloatArray) -> FloatArray:
        """A colour map less the identity applied to the blocks, (h, w, C)."""
        count = self.channels + 1
        ones = np.ones(count, np.float32)
        differences = np.empty((*blocks.shape[:2], self.channels), np.float32)
        for channel, coefficients in enumerate(change.reshape(-1, count, *change.shape[1:])):
            products = cv2.multiply(self._on_blocks(coefficients), blocks)
            differences[..., channel] = (np.reshape(products, (-1, count)) @ ones).reshape(
                blocks.shape[:2]
            )
        return differences

    def _blocks_at(self, source_x: FloatArray, source_y: FloatArray) -> FloatArray:
        """The photo's blocks around positions in the photo, and white, (h, w, C + 1)."""
        height, width = self._smaller.shape[:2]
        index_x = source_x * np.float32(width / self._pixels.shape[1]) - np.float32(0.5)
        index_y = source_y * np.float32(height / self._pixels.shape[0]) - np.float32(0.5)
        read = cv2.remap(
            self._smaller, index_x, index_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(read, np.float32)

    def _on_blocks(self, fields: FloatArray) -> FloatArray:
        """Fields of the grid (K, S, S), four at most, at the blocks, (h, w, K)."""
        read = cv2.warpAffine(
            np.ascontiguousarray(np.moveaxis(fields, 0, -1)),
            self._to_grid,
            (self._blocks_width, self._blocks_height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(read, np.float32)


def _blocks(pixels: slice) -> tuple[npt.NDArray[np.float64], int]:
    """Centres of the blocks that a stretch of pixels is parted into, and their number."""
    length = pixels.stop - pixels.start
    count = max(1, round(length / BLOCK_PX))
    return pixels.start + (np.arange(count) + 0.5) * (length / count), count


def _block_to_grid(
    frame: PhotoFrame, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The affine map (2, 3) from the index of a block to the index of a pixel of the grid."""
    grid_x, grid_y = grid_positions(frame, x, y)
    step_x = 0.0 if len(x) == 1 else grid_x[1] - grid_x[0]
    step_y = 0.0 if len(y) == 1 else grid_y[1] - grid_y[0]
    return np.array([[step_x, 0, grid_x[0] - 0.5], [0, step_y, grid_y[0] - 0.5]])


def _with_white(pixels: Pixels) -> FloatArray:
    """The photo in blocks, and a channel of white, float32 (h, w, C + 1)."""
    height, width = (max(1, round(side / BLOCK_PX)) for side in pixels.shape[:2])
    smaller = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    white = np.full((height, width), 255, np.float32)
    return np.dstack([np.asarray(smaller, np.float32), white])
