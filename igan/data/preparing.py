"""From the bytes of one photo file, or its pixels, to the square picture that a store keeps."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from igan.data.fitting import fitted_region
from igan.data.store_format import check_picture_size
from igan.data.trimming import trimmed
from igan.errors import ConfigError
from serve.photo.area_average import resampled_square
from serve.photo.colour_space import to_srgb
from serve.photo.decoding import refuse_too_large
from serve.photo.photo import Photo, decode_photo
from serve.photo.plain_files import PlainHeader, decode_plain, plain_header

Fit = Literal["crop", "pad", "squash"]
FITS: tuple[Fit, ...] = get_args(Fit)
Anchor = Literal["centre", "top"]
ANCHORS: tuple[Anchor, ...] = get_args(Anchor)
CHANNELS = (1, 3)

HALVING_FROM_REDUCTION = 40
"""JPEG files that shrink by this much are decoded at half size.

A half-size decode is no exact average. On foliage, the worst of real photos, it stays within 2
levels of one at a reduction of 24, on grey noise within 4 at this one; a quarter-size decode is
8 off even at 48. Where single border pixels count, files are decoded at their full size.
"""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PictureSettings:
    """How photos become the pictures of a store.

    Attributes:
        size: height and width of the pictures, in pixels.
        channels: 3 for RGB, 1 for grey.
        fit: `crop` takes the largest square of a photo; `pad` the smallest square around it, in
            which its border pixels are repeated; `squash` all of it, at the cost of its aspect.
        anchor: whether that square is centred from top to bottom or begins at the top; from left
            to right it is centred.
        trim: take away lines of one colour at the four sides first; see `igan.data.trimming`.

    Raises:
        ConfigError: a value is none of these.
    """

    size: int
    channels: int = 3
    fit: Fit = "crop"
    anchor: Anchor = "centre"
    trim: bool = False

    def __post_init__(self) -> None:
        check_picture_size(self.size)
        if self.channels not in CHANNELS:
            raise ConfigError(f"pictures have 1 or 3 channels, not {self.channels}; give one.")
        if self.fit not in FITS:
            raise ConfigError(f"the fit {self.fit!r} is unknown; use one of {', '.join(FITS)}.")
        if self.anchor not in ANCHORS:
            raise ConfigError(
                f"the anchor {self.anchor!r} is unknown; use one of {', '.join(ANCHORS)}."
            )


class PreparedPhoto(NamedTuple):
    """A picture, uint8 (size, size, channels), and the size of the upright photo it was made of."""

    picture: Pixels
    width_px: int
    height_px: int


def prepare_photo(data: bytes | Pixels, name: str, settings: PictureSettings) -> PreparedPhoto:
    """Make the picture of one photo. Threads may call it at once.

    The photo is turned upright and laid over white where it is clear; of several frames the first
    is taken. Its colours become sRGB: CMYK and Lab before it is made smaller, RGB and grey with an
    ICC profile after, which differs by less than rounding does. Grey is Rec. 601 luma.

    Args:
        data: a photo file's bytes, or uint8 (H, W, C) with C 1 or 3.
        name: what messages call the photo.

    Raises:
        PhotoError: the bytes are not a photo, are cut off, or claim to be too large.
    """
    if isinstance(data, bytes):
        decoded = _decoded(data, name, settings)
    else:
        decoded = _Decoded(data, None, data.shape[1], data.shape[0])
    pixels = trimmed(decoded.pixels) if settings.trim else decoded.pixels
    height_px, width_px = pixels.shape[:2]
    region = fitted_region(width_px, height_px, settings.fit, settings.anchor)
    square = to_srgb(resampled_square(pixels, region, settings.size), decoded.icc_profile)
    picture = Photo(square).as_uint8(settings.channels)
    return PreparedPhoto(picture, decoded.width_px, decoded.height_px)


def prepare_picture(data: bytes | Pixels, name: str, settings: PictureSettings) -> Pixels:
    """Make the picture of one photo, uint8 (size, size, channels); see `prepare_photo`."""
    return prepare_photo(data, name, settings).picture


class _Decoded(NamedTuple):
    """Upright uint8 (H, W, 3 or 1), perhaps at half size, and the size of the whole photo."""

    pixels: Pixels
    icc_profile: bytes | None
    width_px: int
    height_px: int


def _decoded(data: bytes, name: str, settings: PictureSettings) -> _Decoded:
    header = plain_header(data)
    if header is not None:
        refuse_too_large(name, header.width_px, header.height_px)
        halved = _may_halve(header, settings)
        pixels = decode_plain(data, header, halved)
        if pixels is not None:
            height_px, width_px = (side * (2 if halved else 1) for side in pixels.shape[:2])
            return _Decoded(pixels, header.icc_profile, width_px, height_px)
    photo = decode_photo(data, name)
    pixels = photo.as_uint8(photo.channels)
    return _Decoded(pixels, photo.icc_profile, photo.width_px, photo.height_px)


def _may_halve(header: PlainHeader, settings: PictureSettings) -> bool:
    reduction = min(header.width_px, header.height_px) / settings.size
    repeats_border = settings.fit == "pad" or settings.trim
    return header.decodes_halved and reduction >= HALVING_FROM_REDUCTION and not repeats_border
