"""What a person brings: a photo in memory, with all that its file carried besides the pixels."""

import dataclasses
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from serve.errors import PhotoError
from serve.photo.alpha import over_white
from serve.photo.decoding import decode
from serve.photo.depth import Samples, to_uint8
from serve.photo.encoding import encode, format_for_suffix
from serve.photo.jpeg import JpegCoding
from serve.staging import staged_file

REC601_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Photo:
    """An upright photo.

    Attributes:
        pixels: uint8 or uint16 (H, W, C), C is 3 (RGB) or 1; in the colour space of `icc_profile`.
        alpha: (H, W) of the same dtype, 0 is clear; None when the photo is opaque.
        icc_profile: as in the file; None means sRGB (or plain grey).
        exif: an EXIF block without its orientation, which is already applied.
        source_format: Pillow's name of the file format, such as "JPEG" or "PNG".
        sha256: hexadecimal digest of the file's bytes; of an edited photo: of its original.
        jpeg_coding: how the JPEG file was quantised, to write the next one alike.
    """

    pixels: Samples
    alpha: Samples | None = None
    icc_profile: bytes | None = None
    exif: bytes | None = None
    source_format: str = "PNG"
    sha256: str = ""
    jpeg_coding: JpegCoding | None = None

    def __post_init__(self) -> None:
        pixels, alpha = self.pixels, self.alpha
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
            raise ValueError(f"pixels must be (H, W, 1 or 3), got {pixels.shape}")
        if pixels.dtype not in (np.uint8, np.uint16):
            raise ValueError(f"pixels must be uint8 or uint16, got {pixels.dtype}")
        if alpha is not None and (alpha.shape != pixels.shape[:2] or alpha.dtype != pixels.dtype):
            raise ValueError(f"alpha {alpha.dtype} {alpha.shape} does not fit the pixels")

    @property
    def height_px(self) -> int:
        return self.pixels.shape[0]

    @property
    def width_px(self) -> int:
        return self.pixels.shape[1]

    @property
    def channels(self) -> int:
        return self.pixels.shape[2]

    @property
    def white_level(self) -> int:
        """The value of white: 255 or 65535."""
        return int(np.iinfo(self.pixels.dtype).max)

    def as_rgb(self) -> Self:
        """Return an RGB photo: a grey one with its level in every channel, any other itself.

        The profile of a grey photo does not fit RGB and is dropped.
        """
        if self.channels == 3:
            return self
        pixels = np.concatenate([self.pixels] * 3, axis=2)
        return dataclasses.replace(self, pixels=pixels, icc_profile=None)

    def as_uint8(self, channels: int) -> npt.NDArray[np.uint8]:
        """Return uint8 (H, W, channels): eight bits, laid over white where it is clear."""
        if channels not in (1, 3):
            raise ValueError(f"channels must be 1 or 3, got {channels}")
        pixels = to_uint8(self.pixels)
        if self.alpha is not None:
            pixels = over_white(pixels, to_uint8(self.alpha))
        if channels == pixels.shape[2]:
            return pixels
        if channels == 3:
            return np.repeat(pixels, 3, axis=2)
        return np.rint(pixels @ REC601_LUMA[:, None]).astype(np.uint8)


def read_photo(path: str | Path) -> Photo:
    """Read a photo file.

    Raises:
        PhotoError: there is no such file, or it is not a photo, or it is too large.
    """
    path = Path(path)
    if path.is_dir():
        raise PhotoError(f"{path} is a folder; name one photo in it.")
    if not path.is_file():
        raise PhotoError(f"{path} is not there; check the name of the photo.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PhotoError(
            f"{path} cannot be read ({error.strerror}); check its permissions."
        ) from error
    return decode_photo(data, str(path))


def decode_photo(data: bytes, name: str) -> Photo:
    """Decode the bytes of a photo file; `name` is what messages call it.

    EXIF orientation is applied, the first frame of several is taken, palettes are resolved, and
    CMYK, Lab and the like become sRGB. 16-bit PNG and TIFF keep their 16 bits.

    Raises:
        PhotoError: the bytes are not a photo, are cut off, or hold more than
            `serve.photo.decoding.MAX_PHOTO_PIXELS` pixels (found before decoding).
    """
    decoded = decode(data, name)
    return Photo(
        pixels=decoded.pixels,
        alpha=decoded.alpha,
        icc_profile=decoded.icc_profile,
        exif=decoded.exif,
        source_format=decoded.source_format,
        sha256=hashlib.sha256(data).hexdigest(),
        jpeg_coding=decoded.jpeg_coding,
    )


def write_photo(photo: Photo, path: str | Path) -> None:
    """Write a photo in the format of the path's suffix; the file appears whole or not at all.

    ICC profile, EXIF, alpha and 16 bits are kept where the format can hold them: PNG and TIFF hold
    all, WebP and AVIF all but the 16 bits, JPEG neither these nor alpha (which is laid over white).
    JPEG is quantised as the source was, or at quality 95 without chroma subsampling.

    Raises:
        PhotoError: the suffix is unknown, the photo is too large for the format, or the file cannot
            be written.
    """
    path = Path(path)
    file_format = format_for_suffix(path)
    try:
        with staged_file(path) as staged:
            staged.write_bytes(encode(photo, file_format, str(path)))
    except OSError as error:
        raise PhotoError(
            f"{path} cannot be written ({error.strerror or error}); name another place."
        ) from error
