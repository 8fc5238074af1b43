"""From a photo to the bytes of a file."""

import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image, TiffImagePlugin

from serve.errors import PhotoError
from serve.photo.depth import to_uint8

if TYPE_CHECKING:
    from serve.photo.photo import Photo

FORMAT_OF_SUFFIX = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".bmp": "BMP",
    ".ppm": "PPM",
    ".pnm": "PPM",
}
SUFFIX_OF_FORMAT = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "TIFF": ".tif",
    "AVIF": ".avif",
    "BMP": ".bmp",
    "PPM": ".pnm",
    "GIF": ".png",
}
"""A GIF holds 256 colours, too few for a photo that was edited."""

WITHOUT_ALPHA = ("JPEG", "BMP")
JPEG_QUALITY = 95


def format_for_suffix(path: Path) -> str:
    """Return the format that a suffix stands for, or raise PhotoError."""
    try:
        return FORMAT_OF_SUFFIX[path.suffix.lower()]
    except KeyError:
        raise PhotoError(
            f"{path} ends in {path.suffix or 'no suffix'!r}, which cannot be written; "
            f"use one of {', '.join(FORMAT_OF_SUFFIX)}."
        ) from None


def suffix_for(path: Path, source_format: str) -> str:
    """The suffix under which an edited copy of a photo file keeps its format.

    Args:
        path: of the photo; its own suffix is kept where it tells the truth.
        source_format: of the photo, as found in its bytes.
    """
    if FORMAT_OF_SUFFIX.get(path.suffix.lower()) == source_format:
        return path.suffix
    return SUFFIX_OF_FORMAT.get(source_format, ".png")


def encode(photo: "Photo", file_format: str, name: str) -> bytes:
    """Return the file's bytes; `name` is what messages call the file."""
    if file_format == "TIFF":
        return _tiff(photo)
    if file_format == "PNG" and photo.pixels.dtype == np.uint16:
        return _png_16_bit(photo)
    if file_format == "PPM":
        return _netpbm(photo)
    image = _pillow_image(photo, with_alpha=file_format not in WITHOUT_ALPHA)
    options: dict[str, Any] = {}
    if photo.icc_profile is not None:
        options["icc_profile"] = photo.icc_profile
    if photo.exif is not None:
        options["exif"] = photo.exif
    options |= _format_options(photo, file_format)
    buffer = io.BytesIO()
    try:
        image.save(buffer, file_format, **options)
    except (OSError, ValueError) as error:
        raise PhotoError(
            f"{name} cannot hold a photo of {photo.width_px} x {photo.height_px} pixels "
            f"as {file_format}; write PNG or TIFF instead."
        ) from error
    return buffer.getvalue()


def _format_options(photo: "Photo", file_format: str) -> dict[str, Any]:
    if file_format == "JPEG":
        coding = photo.jpeg_coding
        if coding is None or coding.channels != photo.channels:
            return {"quality": JPEG_QUALITY, "subsampling": 0}
        subsampling = {} if coding.channels == 1 else {"subsampling": coding.subsampling}
        return {"qtables": [list(table) for table in coding.tables], **subsampling}
    if file_format == "WEBP":
        return {"lossless": photo.source_format != "WEBP", "quality": JPEG_QUALITY}
    if file_format == "AVIF":
        return {"quality": JPEG_QUALITY, "subsampling": "4:4:4"}
    return {}


def _pillow_image(photo: "Photo", with_alpha: bool) -> Image.Image:
    if photo.alpha is None or not with_alpha:
        pixels = photo.as_uint8(photo.channels)
        return Image.fromarray(pixels[..., 0] if photo.channels == 1 else pixels)
    return Image.fromarray(
        np.concatenate([to_uint8(photo.pixels), to_uint8(photo.alpha)[..., None]], axis=2)
    )


def _samples(photo: "Photo") -> npt.NDArray[Any]:
    if photo.alpha is None:
        return photo.pixels
    return np.concatenate([photo.pixels, photo.alpha[..., None]], axis=2)


def _netpbm(photo: "Photo") -> bytes:
    """Write a raw grey or colour map of 8 or 16 bits, laid over white where it is clear."""
    samples = photo.pixels if photo.alpha is None else photo.as_uint8(photo.channels)
    kind = "P5" if photo.channels == 1 else "P6"
    header = f"{kind}\n{photo.width_px} {photo.height_px}\n{np.iinfo(samples.dtype).max}\n"
    return header.encode("ascii") + samples.astype(samples.dtype.newbyteorder(">")).tobytes()


def _png_16_bit(photo: "Photo") -> bytes:
    """Write PNG from its chunks: no library at hand writes 16-bit grey with alpha and metadata."""
    samples = _samples(photo)
    colour_type = {1: 0, 2: 4, 3: 2, 4: 6}[samples.shape[2]]
    header = struct.pack(">IIBBBBB", photo.width_px, photo.height_px, 16, colour_type, 0, 0, 0)
    chunks = [_png_chunk(b"IHDR", header)]
    if photo.icc_profile is not None:
        chunks.append(_png_chunk(b"iCCP", b"ICC\0\0" + zlib.compress(photo.icc_profile)))
    if photo.exif is not None:
        chunks.append(_png_chunk(b"eXIf", photo.exif.removeprefix(b"Exif\0\0")))
    big_endian = samples.astype(">u2").view(np.uint8).reshape(photo.height_px, -1)
    up_filtered = np.diff(big_endian, axis=0, prepend=np.zeros_like(big_endian[:1]))
    lines = np.concatenate([np.full((photo.height_px, 1), 2, dtype=np.uint8), up_filtered], axis=1)
    chunks += [_png_chunk(b"IDAT", zlib.compress(lines.tobytes(), 6)), _png_chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _tiff(photo: "Photo") -> bytes:
    """Write one deflated strip behind Pillow's directory: Pillow has no 16-bit RGB of its own.

    Grey with alpha is written as RGB with alpha, since few readers know it in 16 bits.
    """
    samples = _samples(photo)
    if samples.shape[2] == 2:
        samples = samples[..., [0, 0, 0, 1]]
    channels, bytes_each = samples.shape[2], samples.dtype.itemsize
    strip = zlib.compress(np.ascontiguousarray(samples, dtype=f"<u{bytes_each}").tobytes(), 6)
    directory = TiffImagePlugin.ImageFileDirectory_v2(prefix=b"II")
    if photo.exif is not None:
        exif = Image.Exif()
        exif.load(photo.exif)
        for tag, value in exif.items():
            directory[tag] = exif.get_ifd(tag) if tag in (34665, 34853) else value
    directory[256], directory[257] = photo.width_px, photo.height_px
    directory[258] = (8 * bytes_each,) * channels
    directory[259] = 8
    directory[262] = 2 if channels >= 3 else 1
    directory[TiffImagePlugin.STRIPOFFSETS] = (0,)
    directory[277], directory[278] = channels, photo.height_px
    directory[279] = (len(strip),)
    directory[284] = 1
    if photo.alpha is not None:
        directory[338] = 2
    if photo.icc_profile is not None:
        directory.tagtype[34675] = 7
        directory[34675] = photo.icc_profile
    buffer = io.BytesIO()
    directory.save(buffer)
    buffer.write(strip)
    return buffer.getvalue()
