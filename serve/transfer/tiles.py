"""Applying small fields to a large photo, tile by tile."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.depth import Samples
from serve.photo.frame import PhotoFrame
from serve.transfer.ground import Ground
from serve.transfer.reach import border_ramps
from serve.transfer.upsampling import fields_on_tile, pixel_positions

FloatArray = npt.NDArray[np.float32]

TILE_PX = 256
KERNEL_PX = 5
"""Lanczos' kernel needs four pixels on either side of a position; one more against rounding."""


@dataclass(frozen=True, eq=False)
class PhotoEdit:
    """All that is needed to edit any tile of a photo; None for what stays as it is.

    Everything lies on the network's grid, where the edited photo will lie, and is exactly 0 where
    the edit does not reach.

    Attributes:
        frame: where in the photo the grid lies.
        flow_target_to_source_px: float32 (2, S, S) in photo pixels.
        colour_change: float32 (C (C + 1), S, S), the colour map less the identity.
        ground: of the photo, if it has one.
        ground_colour_change: the colour map of the ground, likewise.
        border_px: over this width, in network pixels, the edit fades out towards the frame's
            borders inside the photo.
    """

    frame: PhotoFrame
    flow_target_to_source_px: FloatArray | None
    colour_change: FloatArray | None
    ground: Ground | None
    ground_colour_change: FloatArray | None
    border_px: float

    def apply(
        self,
        pixels: Samples,
        alpha: Samples | None,
        on_progress: Callable[[float], object] = lambda share: None,
    ) -> tuple[Samples, Samples | None]:
        """Edit a photo's samples.

        The original is resampled once (Lanczos) and recoloured where it arrives. Where the edit
        does not reach, the samples come out as they went in. As many tiles are worked on at once as
        OpenCV may use threads (`cv2.setNumThreads`).

        Args:
            pixels: (H, W, C) of the frame's photo, C as many as the colour maps have.
            alpha: (H, W) or None; it moves along.
            on_progress: gets the share of the tiles that are done; what it raises ends the work.

        Returns:
            New samples of the same shapes and dtypes.
        """
        edited = pixels.copy()
        edited_alpha = None if alpha is None else alpha.copy()

        def edit_tile(tile: tuple[slice, slice]) -> None:
            self._edit_tile(pixels, alpha, edited, edited_alpha, *tile)

        with ThreadPoolExecutor(max(1, cv2.getNumThreads())) as pool:
            tiles = [pool.submit(edit_tile, tile) for tile in photo_tiles(self.frame)]
            try:
                for done, tile in enumerate(tiles, start=1):
                    tile.result()
                    on_progress(done / len(tiles))
            finally:
                for tile in tiles:
                    tile.cancel()
        return edited, edited_alpha

    def _edit_tile(
        self,
        pixels: Samples,
        alpha: Samples | None,
        edited: Samples,
        edited_alpha: Samples | None,
        rows: slice,
        columns: slice,
    ) -> None:
        map_x, map_y, moves = self.source_positions(rows, columns)
        if moves:
            source_rows = _needed(map_y, self.frame.photo_height_px)
            source_columns = _needed(map_x, self.frame.photo_width_px)
            index_x = map_x - np.float32(source_columns.start + 0.5)
            index_y = map_y - np.float32(source_rows.start + 0.5)
            source = pixels[source_rows, source_columns]
            planes = _resampled(source, index_x, index_y)
            if alpha is not None and edited_alpha is not None:
                source = alpha[source_rows, source_columns, None]
                (moved_alpha,) = _resampled(source, index_x, index_y)
                edited_alpha[rows, columns] = to_samples(moved_alpha, alpha.dtype)
        else:
            planes = to_planes(pixels[rows, columns])
        white = np.float32(np.iinfo(pixels.dtype).max)
        change = self.colour_differences(planes, white, map_x, map_y, rows, columns)
        if change is None and not moves:
            return
        for channel, plane in enumerate(planes):
            if change is not None:
                plane += change[channel]
            edited[rows, columns, channel] = to_samples(plane, pixels.dtype)

    def source_positions(self, rows: slice, columns: slice) -> tuple[FloatArray, FloatArray, bool]:
        """Where the pixels of a tile come from.

        Returns:
            x and y in photo coordinates, float32 (H, W) each, and whether any of them moved.
        """
        x, y = pixel_positions(columns), pixel_positions(rows)
        map_x, map_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
        if self.flow_target_to_source_px is None:
            return map_x, map_y, False
        flow = fields_on_tile(self.flow_target_to_source_px, self.frame, rows, columns)
        if flow is None:
            return map_x, map_y, False
        ramps = border_ramps(self.frame, x, y, self.border_px)
        if ramps is not None:
            flow *= ramps
        map_x += flow[0]
        map_y += flow[1]
        return map_x, map_y, True

    def colour_differences(
        self,
        planes: list[FloatArray],
        white: np.float32,
        map_x: FloatArray,
        map_y: FloatArray,
        rows: slice,
        columns: slice,
    ) -> list[FloatArray] | None:
        """What recolouring adds to each channel of a tile.

        Args:
            planes: the channels that arrive there, float32 (H, W) each, from 0 to `white`.
            map_x: where they come from, from `source_positions`; map_y likewise.

        Returns:
            float32 (H, W) for each channel; None where nothing is recoloured.
        """
        share = 0.0 if self.ground is None else self.ground.at(map_x, map_y)
        things = ground = None
        if not isinstance(share, float) or share == 0:
            things = self._affine_differences(self.colour_change, planes, white, rows, columns)
        if not isinstance(share, float) or share == 1:
            ground = self._affine_differences(
                self.ground_colour_change, planes, white, rows, columns
            )
        if not isinstance(share, float):
            things = None if things is None else [one * (1 - share) for one in things]
            ground = None if ground is None else [one * share for one in ground]
        if things is None or ground is None:
            return ground if things is None else things
        return [one + other for one, other in zip(things, ground, strict=True)]

    def _affine_differences(
        self,
        change: FloatArray | None,
        planes: list[FloatArray],
        white: np.float32,
        rows: slice,
        columns: slice,
    ) -> list[FloatArray] | None:
        """Apply colour maps less the identity to the channels of a tile."""
        if change is None:
            return None
        fields = fields_on_tile(change, self.frame, rows, columns)
        if fields is None:
            return None
        channels = len(planes)
        ramps = border_ramps(
            self.frame, pixel_positions(columns), pixel_positions(rows), self.border_px
        )
        differences = []
        for row in fields.reshape(channels, channels + 1, *fields.shape[1:]):
            difference = row[channels] * white
            for coefficient, plane in zip(row, planes, strict=False):
                difference += coefficient * plane
            differences.append(difference if ramps is None else difference * ramps)
        return differences


def photo_tiles(frame: PhotoFrame) -> Iterator[tuple[slice, slice]]:
    """Cut the part of the photo that the frame touches into rows and columns of tiles."""
    rows, columns = touched_pixels(frame)
    for row in range(rows.start, rows.stop, TILE_PX):
        for column in range(columns.start, columns.stop, TILE_PX):
            yield (
                slice(row, min(row + TILE_PX, rows.stop)),
                slice(column, min(column + TILE_PX, columns.stop)),
            )


def touched_pixels(frame: PhotoFrame) -> tuple[slice, slice]:
    """Rows and columns of the part of the photo that the frame touches."""
    x0, y0, x1, y1 = frame.region
    left, top = max(0, int(np.floor(x0))), max(0, int(np.floor(y0)))
    right = min(frame.photo_width_px, int(np.ceil(x1)))
    bottom = min(frame.photo_height_px, int(np.ceil(y1)))
    return slice(top, bottom), slice(left, right)


def to_samples(values: FloatArray, dtype: npt.DTypeLike) -> Samples:
    """Round and clip to what the dtype holds."""
    rounded: Samples = np.rint(np.clip(values, 0, np.iinfo(dtype).max)).astype(dtype)
    return rounded


def _needed(positions: FloatArray, photo_length_px: int) -> slice:
    """The stretch of the photo that resampling at these positions reads."""
    start = int(np.clip(np.floor(positions.min()) - KERNEL_PX, 0, photo_length_px - 1))
    stop = int(np.clip(np.ceil(positions.max()) + KERNEL_PX, start + 1, photo_length_px))
    return slice(start, stop)


def _resampled(source: Samples, index_x: FloatArray, index_y: FloatArray) -> list[FloatArray]:
    values = cv2.remap(
        source.astype(np.float32),
        index_x,
        index_y,
        cv2.INTER_LANCZOS4,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return to_planes(np.asarray(values, np.float32).reshape(*index_x.shape, -1))


def to_planes(samples: npt.NDArray[np.generic]) -> list[FloatArray]:
    """Part samples (H, W, C) into channels, float32 (H, W) each."""
    return [np.ascontiguousarray(samples[..., c], np.float32) for c in range(samples.shape[2])]
