"""From the bytes of a file to upright RGB or grey samples and their metadata."""

import io
import struct
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, ImageCms

from serve.errors import PhotoError
from serve.photo.jpeg import JpegCoding
from serve.photo.orientation import upright
from serve.photo.pillow_warnings import pillow_warnings_ignored
from serve.photo.plain_files import claimed_size_px

MAX_PHOTO_PIXELS = 100_000_000
"""Larger photos are refused before they are decoded."""

MAX_SIDE_PX = 65_535
"""Photos with a longer side, too; it is the longest that JPEG knows."""

PNG_BIT_DEPTH_OFFSET, PNG_COLOUR_TYPE_OFFSET = 24, 25
PNG_GREY_WITH_ALPHA = 4

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "GIF", "PPM")

DESCRIPTIVE_TIFF_TAGS = frozenset(
    {
        *(ExifTags.Base[name] for name in ("ImageDescription", "Make", "Model", "Software")),
        *(ExifTags.Base[name] for name in ("DateTime", "Artist", "HostComputer", "Copyright")),
        *(ExifTags.Base[name] for name in ("XResolution", "YResolution", "ResolutionUnit")),
        ExifTags.IFD.Exif,
        ExifTags.IFD.GPSInfo,
    }
)
"""The tags of a TIFF file that describe the photo; the others describe the file's layout."""

Samples = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class DecodedFile:
    """What `decode` found; the fields are those of `serve.photo.photo.Photo`."""

    pixels: Samples
    alpha: Samples | None
    icc_profile: bytes | None
    exif: bytes | None
    source_format: str
    jpeg_coding: JpegCoding | None


def decode(data: bytes, name: str) -> DecodedFile:
    """Decode a photo file; see `serve.photo.photo.decode_photo`."""
    if not data:
        raise PhotoError(f"{name} is empty; choose a photo.")
    if (claimed_px := claimed_size_px(data)) is not None:
        refuse_too_large(name, *claimed_px)
    with pillow_warnings_ignored():
        return _decoded(data, name)


def refuse_too_large(name: str, width_px: int, height_px: int) -> None:
    """Refuse a photo by the size that its header claims.

    Raises:
        PhotoError: it has more than MAX_PHOTO_PIXELS, or a side of more than MAX_SIDE_PX.
    """
    if max(width_px, height_px) > MAX_SIDE_PX and width_px * height_px <= MAX_PHOTO_PIXELS:
        raise PhotoError(
            f"{name} has {width_px} x {height_px} pixels and no side may be longer than "
            f"{MAX_SIDE_PX:,}; cut it up first."
        )
    if width_px * height_px > MAX_PHOTO_PIXELS:
        raise _too_large(name, f"{width_px} x {height_px} pixels")


def _decoded(data: bytes, name: str) -> DecodedFile:
    image = _opened(data, name)
    refuse_too_large(name, *image.size)
    if min(image.size) < 1:
        raise PhotoError(f"{name} has no pixels; choose another photo.")
    source_format = "JPEG" if image.format == "MPO" else str(image.format)
    try:
        orientation = int(image.getexif().get(ExifTags.Base.Orientation, 1))
        exif = _exif_without_orientation(image)
        icc_profile = image.info.get("icc_profile")
        jpeg_coding = JpegCoding.of(image)
        if _has_16_bit_samples(data, image):
            samples = _decoded_16_bit(data, image)
        else:
            samples, icc_profile = _decoded_8_bit(image, icc_profile)
    except PhotoError:
        raise
    except Exception as error:
        raise PhotoError(
            f"{name} is damaged or cut off and cannot be decoded; choose another copy of the photo."
        ) from error
    samples = upright(samples, orientation)
    pixels, alpha = _split_alpha(samples)
    return DecodedFile(pixels, alpha, icc_profile, exif, source_format, jpeg_coding)


def _opened(data: bytes, name: str) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_large(name, "far more pixels") from error
    except Exception as error:
        raise PhotoError(
            f"{name} is not a photo that can be read; use JPEG, PNG, WebP, TIFF, AVIF, BMP or GIF."
        ) from error


def _too_large(name: str, size: str) -> PhotoError:
    return PhotoError(
        f"{name} has {size}, more than the {MAX_PHOTO_PIXELS // 1_000_000} megapixels that are "
        "read; make it smaller first."
    )


def _exif_without_orientation(image: Image.Image) -> bytes | None:
    exif = image.getexif()
    dropped: set[int] = {ExifTags.Base.Orientation}
    if image.format == "TIFF":
        dropped |= set(exif) - DESCRIPTIVE_TIFF_TAGS
    for tag in dropped:
        exif.pop(tag, None)
    return exif.tobytes() if len(exif) else None


def _has_16_bit_samples(data: bytes, image: Image.Image) -> bool:
    if image.format == "PNG":
        return data[PNG_BIT_DEPTH_OFFSET] == 16
    if image.format == "TIFF":
        return image.tag_v2.get(258, (1,))[0] == 16  # type: ignore[attr-defined]
    return False


def _decoded_16_bit(data: bytes, image: Image.Image) -> Samples:
    if image.format == "TIFF":
        data = _with_tiff_orientation_reset(data)
    samples = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16:
        raise ValueError("not decoded to 16 bits")
    if samples.ndim == 2:
        return samples[..., None]
    order = [2, 1, 0, 3] if samples.shape[2] == 4 else [2, 1, 0]
    samples = samples[..., order]
    is_grey_png = image.format == "PNG" and data[PNG_COLOUR_TYPE_OFFSET] == PNG_GREY_WITH_ALPHA
    return samples[..., [0, 3]] if is_grey_png else samples


def _with_tiff_orientation_reset(data: bytes) -> bytes:
    """Say "upright" in a TIFF's directory: OpenCV applies some orientations, fails on others."""
    order = "<" if data[:2] == b"II" else ">"
    is_big = struct.unpack_from(order + "H", data, 2)[0] == 43
    (directory,) = struct.unpack_from(order + ("Q" if is_big else "I"), data, 8 if is_big else 4)
    (count,) = struct.unpack_from(order + ("Q" if is_big else "H"), data, directory)
    entry_bytes, value_offset = (20, 12) if is_big else (12, 8)
    patched = bytearray(data)
    for index in range(count):
        entry = directory + (8 if is_big else 2) + index * entry_bytes
        if struct.unpack_from(order + "H", data, entry)[0] == ExifTags.Base.Orientation:
            struct.pack_into(order + "H", patched, entry + value_offset, 1)
    return bytes(patched)


def _decoded_8_bit(image: Image.Image, icc_profile: bytes | None) -> tuple[Samples, bytes | None]:
    image.seek(0)
    has_transparency = image.has_transparency_data
    if image.mode in ("1", "L", "LA", "La"):
        return _array(image.convert("LA" if has_transparency else "L")), icc_profile
    if image.mode in ("P", "PA", "RGB", "RGBA", "RGBX", "RGBa", "YCbCr", "HSV"):
        return _array(image.convert("RGBA" if has_transparency else "RGB")), icc_profile
    if image.mode in ("CMYK", "LAB"):
        return _array(_to_srgb(image, icc_profile)), None
    levels = np.asarray(image).astype(np.float64)
    return _array_from_levels(levels), icc_profile


def _array(image: Image.Image) -> Samples:
    samples = np.array(image)
    return samples[..., None] if samples.ndim == 2 else samples


def _array_from_levels(levels: Samples) -> Samples:
    """Grey of mode I, I;16 or F, such as from a wide PGM: to 16 bits; NaN is refused."""
    if not np.isfinite(levels).all():
        raise ValueError("a level is no number")
    white = 65535 if levels.max() > 255 else 255
    return np.clip(np.rint(levels), 0, white).astype(np.uint16 if white > 255 else np.uint8)[
        ..., None
    ]


def _to_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    srgb = ImageCms.createProfile("sRGB")
    source: Any = ImageCms.createProfile("LAB") if image.mode == "LAB" else None
    if icc_profile and image.mode == "CMYK":
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
    if source is not None:
        try:
            converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
        except ImageCms.PyCMSError:
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def _split_alpha(samples: Samples) -> tuple[Samples, Samples | None]:
    if samples.shape[2] in (1, 3):
        return samples, None
    return np.ascontiguousarray(samples[..., :-1]), np.ascontiguousarray(samples[..., -1])
