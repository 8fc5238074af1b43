"""A smaller copy of a photo and of the frame in it, for previews and films."""

import dataclasses

import cv2
import numpy as np

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo


def reduce_photo(photo: Photo, frame: PhotoFrame, longest_side_px: int) -> tuple[Photo, PhotoFrame]:
    """Shrink a photo until its longer side is at most `longest_side_px`, and its frame with it.

    The copy has eight bits and no alpha (laid over white); the frame shows the same region.
    """
    pixels = photo.as_uint8(photo.channels)
    shrink = min(1.0, longest_side_px / max(photo.width_px, photo.height_px))
    width_px, height_px = (
        max(1, round(side * shrink)) for side in (photo.width_px, photo.height_px)
    )
    smaller = np.asarray(
        cv2.resize(pixels, (width_px, height_px), interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    scale_x, scale_y = width_px / photo.width_px, height_px / photo.height_px
    x0, y0, x1, y1 = frame.region
    return Photo(smaller.reshape(height_px, width_px, photo.channels)), dataclasses.replace(
        frame,
        photo_width_px=width_px,
        photo_height_px=height_px,
        region=(x0 * scale_x, y0 * scale_y, x1 * scale_x, y1 * scale_y),
    )
