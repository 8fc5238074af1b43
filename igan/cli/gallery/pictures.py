"""The gallery's own pictures: random samples, a walk, and an edit at full size."""

import itertools
import math
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from serve.bundle import Bundle
    from serve.photo.photo import Photo

    Pixels = npt.NDArray[np.uint8]

MARK = (220, 40, 40)
MARK_WIDTH_SHARE = 0.04
GRID_COLUMNS = 10
WALK_ROWS, WALK_STEPS, WALK_SEED = 3, 8, 1
WALK_SIDE_PX = 128
SHOWN_SIDE_PX = 440
"""Two pictures side by side are as wide as a page, and one pixel of a crop is one on the page."""

WIDEST_PX = 1400
JPEG_QUALITY = 85


def samples_grid(bundle: "Bundle", count: int, seed: int, rejects: Collection[int]) -> "Pixels":
    """The first samples of a seed, ten in a row with their numbers, the rejects crossed out."""
    from serve.report.sheet import contact_sheet

    pictures = [
        _crossed_out(picture) if number in rejects else picture
        for number, picture in enumerate(_drawn(bundle, bundle.sample_latents(count, seed)))
    ]
    starts = range(0, count, GRID_COLUMNS)
    return contact_sheet(
        [pictures[first : first + GRID_COLUMNS] for first in starts],
        [str(first) for first in starts],
        [f"+{column}" for column in range(GRID_COLUMNS)],
        enlarge_to_px=bundle.manifest.image.size,
    )


def walk(bundle: "Bundle") -> "Pixels":
    """A walk along the arcs between random latents; a row ends where the next begins."""
    from serve.latent import latent_path
    from serve.report.sheet import contact_sheet

    corners = bundle.sample_latents(WALK_ROWS + 1, WALK_SEED)
    rows = [
        list(_drawn(bundle, latent_path(start, end, WALK_STEPS, "spherical")))
        for start, end in itertools.pairwise(corners)
    ]
    return contact_sheet(rows, enlarge_to_px=WALK_SIDE_PX)


def at_full_size(photo: "Photo", edited: "Photo") -> "Pixels":
    """A photo and its edit: all of them made small, and the place that changed most as it is."""
    from serve.photo.frame import PhotoFrame
    from serve.photo.reduction import reduce_photo
    from serve.report.sheet import contact_sheet

    pair = (photo, edited)
    frame = PhotoFrame.whole(photo, SHOWN_SIDE_PX)
    small = [reduce_photo(one, frame, SHOWN_SIDE_PX)[0].as_uint8(3) for one in pair]
    left, top = most_changed_square(photo.as_uint8(3), edited.as_uint8(3), SHOWN_SIDE_PX)
    rows, columns = slice(top, top + SHOWN_SIDE_PX), slice(left, left + SHOWN_SIDE_PX)
    crops = [one.as_uint8(3)[rows, columns] for one in pair]
    size = f"{photo.width_px} x {photo.height_px}"
    return contact_sheet(
        [small, crops], ["all of it", "1:1"], [f"photo, {size}", "edited"], enlarge_to_px=0
    )


def most_changed_square(before: "Pixels", after: "Pixels", side_px: int) -> tuple[int, int]:
    """The corner (x, y) of the square of a picture, uint8 (H, W, 3), that changed most."""
    import cv2
    import numpy as np

    change = np.abs(after.astype(np.float32) - before).sum(axis=2)
    height, width = change.shape
    size = min(side_px, width), min(side_px, height)
    mean = cv2.boxFilter(change, -1, size, anchor=(0, 0), borderType=cv2.BORDER_REPLICATE)
    inside = mean[: height - size[1] + 1, : width - size[0] + 1]
    y, x = np.unravel_index(inside.argmax(), inside.shape)
    return int(x), int(y)


def write_jpeg(pixels: "Pixels", path: Path) -> None:
    """Write a picture, uint8 (H, W, 3), no wider than a page needs it."""
    from PIL import Image

    image = Image.fromarray(pixels)
    if image.width > WIDEST_PX:
        height = round(image.height * WIDEST_PX / image.width)
        image = image.resize((WIDEST_PX, height), Image.Resampling.LANCZOS)
    image.save(path, "JPEG", quality=JPEG_QUALITY, optimize=True)


def _drawn(bundle: "Bundle", latents: "Tensor") -> "Pixels":
    import torch

    from serve.photo.pixels import tensor_to_pixels

    with torch.no_grad():
        return tensor_to_pixels(bundle.generator(latents))


def _crossed_out(picture: "Pixels") -> "Pixels":
    import numpy as np
    from PIL import Image, ImageDraw

    side = len(picture)
    image = Image.fromarray(np.broadcast_to(picture, (side, side, 3)).copy())
    width = max(1, math.ceil(MARK_WIDTH_SHARE * side))
    draw = ImageDraw.Draw(image)
    draw.line((0, 0, side - 1, side - 1), MARK, width)
    draw.line((0, side - 1, side - 1, 0), MARK, width)
    draw.rectangle((0, 0, side - 1, side - 1), outline=MARK, width=width)
    return np.asarray(image)
