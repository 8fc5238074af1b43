"""Fading from one photo to another whose framed square shows the same thing."""

import dataclasses

import cv2
import numpy as np

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.photo.reduction import reduce_photo
from serve.transfer.reach import border_ramps
from serve.transfer.tiles import photo_tiles, to_samples
from serve.transfer.upsampling import grid_positions, pixel_positions

BORDER_PX = 4.0
"""Over this width, in network pixels, the fade rises from the frame's borders inside the photo."""


def cross_fade(
    photo: Photo, frame: PhotoFrame, other: Photo, other_frame: PhotoFrame, share: float
) -> Photo:
    """Mix another photo's framed region into a photo's.

    Args:
        photo: at its own size, bit depth and metadata, which the result keeps.
        frame: its frame.
        other: laid over white where it is clear, and repeated at its border.
        other_frame: its frame; the two regions are laid over each other.
        share: of the other, from 0 to 1.
    """
    photo = photo if other.channels == 1 else photo.as_rgb()
    # Reduced to the photo's scale first, so that nothing aliases.
    shrink = max(a / b for a, b in zip(frame.scale_xy, other_frame.scale_xy, strict=True))
    longest_px = max(1, round(min(1.0, shrink) * max(other.width_px, other.height_px)))
    smaller, smaller_frame = reduce_photo(other, other_frame, longest_px)
    source = smaller.as_uint8(photo.channels).astype(np.float32) * np.float32(
        photo.white_level / 255
    )
    x0, y0, _, _ = smaller_frame.region
    scale_x, scale_y = smaller_frame.scale_xy
    pixels = photo.pixels.copy()
    for rows, columns in photo_tiles(frame):
        x, y = pixel_positions(columns), pixel_positions(rows)
        grid_x, grid_y = grid_positions(frame, x, y)
        index_x, index_y = np.meshgrid(
            (grid_x * scale_x + x0 - 0.5).astype(np.float32),
            (grid_y * scale_y + y0 - 0.5).astype(np.float32),
        )
        # OpenCV counts pixels of a source in 15 bits; a tile reads only a small part of it.
        left = int(np.clip(np.floor(index_x.min()) - 2, 0, smaller.width_px - 1))
        top = int(np.clip(np.floor(index_y.min()) - 2, 0, smaller.height_px - 1))
        right = int(np.clip(np.ceil(index_x.max()) + 3, left + 1, smaller.width_px))
        bottom = int(np.clip(np.ceil(index_y.max()) + 3, top + 1, smaller.height_px))
        read = cv2.remap(
            source[top:bottom, left:right],
            index_x - np.float32(left),
            index_y - np.float32(top),
            cv2.INTER_CUBIC,
            borderMode=cv2.BORDER_REPLICATE,
        )
        faded_in = np.asarray(read, np.float32).reshape(*index_x.shape, photo.channels)
        ramps = border_ramps(frame, x, y, BORDER_PX)
        weight = np.float32(share) if ramps is None else np.float32(share) * ramps[..., None]
        own = pixels[rows, columns].astype(np.float32)
        pixels[rows, columns] = to_samples(own + weight * (faded_in - own), pixels.dtype)
    return dataclasses.replace(photo, pixels=pixels)
