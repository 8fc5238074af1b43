"""The plain majority of photo files, decoded the fast way.

Most files are 8-bit JPEG, PNG or WebP without anything unusual. Their headers are read here
without decoding a pixel, and OpenCV decodes them with the interpreter's lock released. Whatever is
not plain in this sense, or does not decode at once, is left to `serve.photo.decoding`, whose
outcome for plain files is the same, bit for bit.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.alpha import over_white
from serve.photo.orientation import UPRIGHT, upright

Pixels = npt.NDArray[np.uint8]

JPEG_SIGNATURE, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
JPEG_BASELINE, JPEG_EXTENDED, JPEG_PROGRESSIVE = 0xC0, 0xC1, 0xC2
JPEG_OTHER_FRAMES = frozenset({*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC})
JPEG_APP1, JPEG_APP2, JPEG_SCAN = 0xE1, 0xE2, 0xDA
EXIF_MARK, ICC_MARK = b"Exif\0\0", b"ICC_PROFILE\0"
ORIENTATION_TAG = 0x0112

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_GREY, PNG_RGB, PNG_RGBA = 0, 2, 6
PNG_UNUSUAL_CHUNKS = frozenset({b"tRNS", b"iCCP", b"eXIf", b"acTL", b"CgBI", b"zTXt", b"iTXt"})
PNG_TEXT_WITH_METADATA = b"Raw profile type"

WEBP_LOSSY = b"VP8 "


class _NotPlainError(Exception):
    pass


@dataclass(frozen=True)
class PlainHeader:
    """What a plain file says of itself; sizes are of the picture as stored, before turning."""

    width_px: int
    height_px: int
    channels: int
    orientation: int = UPRIGHT
    icc_profile: bytes | None = None
    decodes_halved: bool = False


def plain_header(data: bytes) -> PlainHeader | None:
    """Read the header of a plain file; None for any other, and for one that is cut off."""
    try:
        if data.startswith(JPEG_SIGNATURE):
            return _jpeg_header(data)
        if data.startswith(PNG_SIGNATURE):
            return _png_header(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp_header(data)
    except (_NotPlainError, struct.error, IndexError):
        return None
    return None


def claimed_size_px(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a plain file or an extended WebP; None where they lie deeper.

    For an extended WebP file Pillow makes room when it opens it.
    """
    if data[:4] == b"RIFF" and data[12:16] == b"VP8X":
        width_px, height_px = (1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))
        return width_px, height_px
    header = plain_header(data)
    return None if header is None else (header.width_px, header.height_px)


def decode_plain(data: bytes, header: PlainHeader, halved: bool = False) -> Pixels | None:
    """Decode a file to upright uint8 (H, W, 3 or 1), what is clear laid over white.

    Args:
        header: its header; its ICC profile is not applied.
        halved: decode a JPEG of even sides at half its size, which takes half the time.

    Returns:
        None when the file is damaged.
    """
    if header.channels == 1:
        flags = cv2.IMREAD_REDUCED_GRAYSCALE_2 if halved else cv2.IMREAD_GRAYSCALE
    elif header.channels == 3:
        flags = cv2.IMREAD_REDUCED_COLOR_2 if halved else cv2.IMREAD_COLOR_RGB
    else:
        flags = cv2.IMREAD_UNCHANGED
    try:
        samples: Any = cv2.imdecode(
            np.frombuffer(data, np.uint8), flags | cv2.IMREAD_IGNORE_ORIENTATION
        )
    except cv2.error:
        return None
    shrink = 2 if halved else 1
    stored = (header.height_px // shrink, header.width_px // shrink)
    if samples is None or samples.dtype != np.uint8 or samples.shape[:2] != stored:
        return None
    if header.channels == 1:
        samples = samples.reshape(*stored, 1)
    elif header.channels == 4:
        samples = over_white(cv2.cvtColor(samples, cv2.COLOR_BGRA2RGB), samples[..., 3])
    elif halved:
        samples = cv2.cvtColor(samples, cv2.COLOR_BGR2RGB)
    return upright(samples, header.orientation)


def _jpeg_header(data: bytes) -> PlainHeader:
    frame: tuple[int, int, int] | None = None
    orientation: int | None = None
    exif_blocks = 0
    profile_parts: dict[int, bytes] = {}
    profile_count = 0
    has_xmp_orientation = False
    for marker, segment in _jpeg_segments(data):
        if marker in (JPEG_BASELINE, JPEG_EXTENDED, JPEG_PROGRESSIVE):
            precision, height_px, width_px, components = struct.unpack_from(">BHHB", segment)
            if frame is not None or precision != 8 or components not in (1, 3):
                raise _NotPlainError
            frame = (width_px, height_px, components)
        elif marker in JPEG_OTHER_FRAMES:
            raise _NotPlainError
        elif marker == JPEG_APP1 and segment.startswith(EXIF_MARK):
            exif_blocks += 1
            orientation = _tiff_orientation(segment[len(EXIF_MARK) :])
        elif marker == JPEG_APP1:
            has_xmp_orientation |= b"tiff:Orientation" in segment
        elif marker == JPEG_APP2 and segment.startswith(ICC_MARK):
            number, profile_count = segment[len(ICC_MARK)], segment[len(ICC_MARK) + 1]
            profile_parts[number] = segment[len(ICC_MARK) + 2 :]
    if frame is None or min(frame) < 1 or exif_blocks > 1:
        raise _NotPlainError
    if orientation is None and has_xmp_orientation:
        raise _NotPlainError
    if sorted(profile_parts) != list(range(1, profile_count + 1)):
        raise _NotPlainError
    profile = b"".join(profile_parts[number] for number in sorted(profile_parts))
    width_px, height_px, components = frame
    return PlainHeader(
        width_px,
        height_px,
        components,
        UPRIGHT if orientation is None else orientation,
        profile or None,
        decodes_halved=width_px % 2 == 0 and height_px % 2 == 0,
    )


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the segments before the first scan, of a file whose end is there."""
    position = 2
    while True:
        if data[position] != 0xFF:
            raise _NotPlainError
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        (length,) = struct.unpack_from(">H", data, position + 1)
        if marker == JPEG_SCAN:
            if data.rfind(JPEG_END, position) < 0:
                raise _NotPlainError
            return
        yield marker, data[position + 3 : position + 1 + length]
        position += 1 + length


def _tiff_orientation(block: bytes) -> int | None:
    """Return the orientation in the first directory of a TIFF block, None where it has none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block[:4])
    if order is None:
        raise _NotPlainError
    (directory,) = struct.unpack_from(order + "I", block, 4)
    (count,) = struct.unpack_from(order + "H", block, directory)
    for entry in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind, values, value = struct.unpack_from(order + "HHIH", block, entry)
        if tag == ORIENTATION_TAG:
            if kind != 3 or values != 1:
                raise _NotPlainError
            return int(value)
    return None


def _png_header(data: bytes) -> PlainHeader:
    chunks = _png_chunks(data)
    kind, body = next(chunks)
    width_px, height_px, depth, colour_type = struct.unpack_from(">IIBB", body)
    channels = {PNG_GREY: 1, PNG_RGB: 3, PNG_RGBA: 4}.get(colour_type)
    if kind != b"IHDR" or depth != 8 or channels is None or min(width_px, height_px) < 1:
        raise _NotPlainError
    for kind, body in chunks:
        if kind in PNG_UNUSUAL_CHUNKS:
            raise _NotPlainError
        if kind == b"tEXt" and bytes(body[:32]).startswith(PNG_TEXT_WITH_METADATA):
            raise _NotPlainError
    return PlainHeader(width_px, height_px, channels)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield kind and body of each chunk of a file that is there to its end and undamaged."""
    view = memoryview(data)
    position = len(PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 8 + length
        (checksum,) = struct.unpack_from(">I", data, end)
        if zlib.crc32(view[position + 4 : end]) != checksum:
            raise _NotPlainError
        yield kind, view[position + 8 : end]
        position = end + 4


def _webp_header(data: bytes) -> PlainHeader:
    """Read a simple lossy file, which has neither alpha nor metadata nor several frames."""
    riff_bytes, kind = struct.unpack_from("<I4x4s", data, 4)
    if kind != WEBP_LOSSY or riff_bytes + 8 > len(data) or data[23:26] != b"\x9d\x01\x2a":
        raise _NotPlainError
    width, height = struct.unpack_from("<HH", data, 26)
    if min(width & 0x3FFF, height & 0x3FFF) < 1:
        raise _NotPlainError
    return PlainHeader(width & 0x3FFF, height & 0x3FFF, 3)
