"""What transfer is shown beside: the generator's own picture, and the naive way to keep detail."""

import dataclasses

import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.separable import enlarged
from serve.transfer.tiles import photo_tiles, to_samples
from serve.transfer.upsampling import grid_positions, pixel_positions


def upsampled_generator_edit(
    photo: Photo, frame: PhotoFrame, frames: npt.NDArray[np.uint8]
) -> Photo:
    """Put G(z1), enlarged bicubically, into the photo's frame: G(z1) with no detail of the photo.

    Args:
        photo: the original.
        frame: where in it the network's square lies.
        frames: uint8 (T, S, S, C) from G(z0) to G(z1).
    """
    return _with_frame_filled(photo, frame, frames[-1].astype(np.float32), keep_photo=False)


def naive_edit(photo: Photo, frame: PhotoFrame, frames: npt.NDArray[np.uint8]) -> Photo:
    """Add the enlarged difference to the photo, x0 + (G(z1) - G(z0)): ghosts wherever things moved.

    Args:
        photo: the original, x0.
        frame: where in it the network's square lies.
        frames: uint8 (T, S, S, C) from G(z0) to G(z1).
    """
    difference = frames[-1].astype(np.float32) - frames[0]
    return _with_frame_filled(photo, frame, difference, keep_photo=True)


def _with_frame_filled(
    photo: Photo, frame: PhotoFrame, square: npt.NDArray[np.float32], keep_photo: bool
) -> Photo:
    if square.shape[2] == 3:
        photo = photo.as_rgb()
    pixels = photo.pixels.copy()
    planes = square.transpose(2, 0, 1) * np.float32(photo.white_level / 255)
    for rows, columns in photo_tiles(frame):
        grid_x, grid_y = grid_positions(frame, pixel_positions(columns), pixel_positions(rows))
        filling = enlarged(planes, grid_x, grid_y).transpose(1, 2, 0)
        if keep_photo:
            filling = filling + pixels[rows, columns]
        pixels[rows, columns] = to_samples(filling, pixels.dtype)
    return dataclasses.replace(photo, pixels=pixels)
