"""The input of the released iGAN script: a colour map, its mask and an edge map, as files."""

from pathlib import Path
from typing import TYPE_CHECKING

from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.latent.constraints import Constraint
    from serve.photo.frame import Box, PhotoFrame


def constraints_of(
    color_map: Path | None, color_mask: Path | None, edge_map: Path | None, frame: "PhotoFrame"
) -> "list[Constraint]":
    """Read the pictures as constraints.

    One that has the photo's size lies over the photo, any other over the network's square.

    Raises:
        BadInputError: a file is missing or no picture, or asks for nothing.
    """
    from serve.errors import EditError
    from serve.latent.constraints import ColourPicture, SketchPicture
    from serve.photo.photo import read_photo

    constraints: list[Constraint] = []
    if color_mask is not None and color_map is None:
        raise BadInputError("--color-mask says where --color-map counts; give that one too.")
    if color_map is not None:
        pixels = _masked(color_map, color_mask)
        try:
            constraints.append(ColourPicture.from_pixels(_reduced(pixels), _box(pixels, frame)))
        except EditError as error:
            raise BadInputError(f"{color_map}: {error}") from None
    if edge_map is not None:
        lines = read_photo(edge_map).as_uint8(1)
        try:
            constraints.append(SketchPicture.from_pixels(_reduced(lines), _box(lines, frame)))
        except EditError as error:
            raise BadInputError(f"{edge_map}: {error}") from None
    return constraints


def _masked(color_map: Path, color_mask: Path | None) -> "npt.NDArray[np.uint8]":
    """RGBA, uint8 (H, W, 4): the colour map, clear where the mask is black."""
    import numpy as np

    from serve.photo.depth import to_uint8
    from serve.photo.photo import read_photo

    photo = read_photo(color_map).as_rgb()
    if color_mask is not None:
        mask = read_photo(color_mask)
        if (mask.width_px, mask.height_px) != (photo.width_px, photo.height_px):
            raise BadInputError(
                f"{color_mask} has {mask.width_px} x {mask.height_px} pixels, but {color_map} "
                f"{photo.width_px} x {photo.height_px}; make them alike."
            )
        marks = mask.as_uint8(1)
    elif photo.alpha is not None:
        marks = to_uint8(photo.alpha)[..., None]
    else:
        raise BadInputError(
            f"{color_map} is opaque everywhere; give --color-mask, white where it counts, or make "
            "it clear where it does not."
        )
    return np.concatenate([to_uint8(photo.pixels), marks], axis=2)


def _reduced(pixels: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.uint8]":
    """The picture, uint8 (H, W, 4 or 1), by the whole factor that makes it fit a constraint."""
    import numpy as np
    from PIL import Image

    from serve.latent.constraints.pictures import LARGEST_SIDE_PX

    factor = -(-max(pixels.shape[:2]) // LARGEST_SIDE_PX)
    if factor == 1:
        return pixels
    if pixels.shape[2] == 1:
        return np.asarray(Image.fromarray(pixels[..., 0]).reduce(factor))[..., None]
    premultiplied = Image.fromarray(pixels).convert("RGBa").reduce(factor)
    return np.asarray(premultiplied.convert("RGBA"))


def _box(pixels: "npt.NDArray[np.uint8]", frame: "PhotoFrame") -> "Box":
    height, width = pixels.shape[:2]
    if (width, height) == (frame.photo_width_px, frame.photo_height_px):
        return (0.0, 0.0, float(width), float(height))
    return frame.region
