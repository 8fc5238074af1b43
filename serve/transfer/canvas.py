"""Applying small fields to a small photo at once, as quickly as a moving picture needs it."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.ground import Ground
from serve.transfer.reach import border_ramps
from serve.transfer.tiles import touched_pixels

FloatArray = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

BLOCK_PX = 2
"""Fields, and what recolouring adds, are computed for blocks of so many pixels a side."""

WHOLE = (0.0, 0.0, 1.0, 1.0)


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
        self._scale_xy = frame.scale_xy
        self._extent = _extent_in(frame, self._rows, self._columns)
        self._smaller = _reduced_to_blocks(self._pixels)

    @property
    def channels(self) -> int:
        """Of the photo, 1 or 3."""
        return self._pixels.shape[2]

    def edited(
        self,
        flow_target_to_source: FloatArray | None,
        colour_change: FloatArray | None,
        ground_colour_change: FloatArray | None,
    ) -> Pixels:
        """The photo with an edit.

        Args:
            flow_target_to_source: float32 (2, S, S) in pixels of the grid; None moves nothing.
            colour_change: float32 (C (C + 1), s, s) over the same square, the colour map less the
                identity; None recolours nothing.
            ground_colour_change: likewise of the ground.

        Returns:
            uint8 (H, W, C).
        """
        edited = self._pixels.copy()
        part = edited[self._rows, self._columns]
        source_x, source_y = self._x, self._y
        if flow_target_to_source is not None:
            motion_x, motion_y = (
                one * np.float32(scale)
                for one, scale in zip(
                    self._on_blocks(flow_target_to_source), self._scale_xy, strict=True
                )
            )
            if self._ramps is not None:
                motion_x, motion_y = motion_x * self._ramps, motion_y * self._ramps
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
        added = np.zeros((self.channels, *source_x.shape), np.float32)
        for change, weight in ((things, 1 - share), (ground, share)):
            if change is not None:
                for total, plane in zip(added, self._differences(change, blocks), strict=True):
                    total += plane * weight
        if self._ramps is not None:
            added *= self._ramps
        return np.asarray(cv2.merge(list(added)))

    def _differences(
        self, change: FloatArray, blocks: Sequence[FloatArray]
    ) -> Iterator[FloatArray]:
        """A colour map less the identity applied to the blocks, (h, w) for each channel."""
        for *factors, offset in change.reshape(self.channels, -1, *change.shape[1:]):
            (difference,) = self._on_blocks(offset[None])
            difference *= np.float32(255)
            for factor, plane in zip(self._on_blocks(np.stack(factors)), blocks, strict=True):
                cv2.accumulateProduct(factor, plane, difference)
            yield difference

    def _blocks_at(self, source_x: FloatArray, source_y: FloatArray) -> Sequence[FloatArray]:
        """The photo's blocks around positions in the photo, (h, w) for each channel."""
        height, width = self._smaller.shape[:2]
        index_x = source_x * np.float32(width / self._pixels.shape[1]) - np.float32(0.5)
        index_y = source_y * np.float32(height / self._pixels.shape[0]) - np.float32(0.5)
        read = cv2.remap(
            self._smaller, index_x, index_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return [np.asarray(plane, np.float32) for plane in cv2.split(read)]

    def _on_blocks(self, fields: FloatArray) -> list[FloatArray]:
        """Fields over the frame, (K, h, w), linearly at the blocks."""
        size = self._blocks_width, self._blocks_height
        return [
            np.asarray(cv2.resize(self._touched(field), size, interpolation=cv2.INTER_LINEAR))
            for field in fields
        ]

    def _touched(self, field: FloatArray) -> FloatArray:
        """A field over the touched part of the frame instead of all of it."""
        if self._extent == WHOLE:
            return field
        left, top, right, bottom = self._extent
        height, width = field.shape
        index = np.array(
            [
                [right - left, 0, left * width + (right - left) / 2 - 0.5],
                [0, bottom - top, top * height + (bottom - top) / 2 - 0.5],
            ]
        )
        read = cv2.warpAffine(
            field,
            index,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(read, np.float32)


def _blocks(pixels: slice) -> tuple[npt.NDArray[np.float64], int]:
    """Centres of the blocks that a stretch of pixels is parted into, and their number."""
    length = pixels.stop - pixels.start
    count = max(1, round(length / BLOCK_PX))
    return pixels.start + (np.arange(count) + 0.5) * (length / count), count


def _extent_in(frame: PhotoFrame, rows: slice, columns: slice) -> tuple[float, ...]:
    """Where a part of the photo lies in the frame: left, top, right, bottom as shares of it."""
    x0, y0, x1, y1 = frame.region
    left, right = ((edge - x0) / (x1 - x0) for edge in (columns.start, columns.stop))
    top, bottom = ((edge - y0) / (y1 - y0) for edge in (rows.start, rows.stop))
    return left, top, right, bottom


def _reduced_to_blocks(pixels: Pixels) -> FloatArray:
    """The photo in blocks, float32 (h, w, C)."""
    height, width = (max(1, round(side / BLOCK_PX)) for side in pixels.shape[:2])
    smaller = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.float32).reshape(height, width, -1)
