import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from serve.photo.photo import decode_photo
from serve.photo.plain_files import claimed_size_px, decode_plain, plain_header

ORIENTATION = 0x0112


def pixels(height_px: int = 41, width_px: int = 57, channels: int = 3) -> np.ndarray:
    random = np.random.default_rng(0)
    coarse = random.integers(0, 256, (6, 7, channels), np.uint8)
    return cv2.resize(coarse, (width_px, height_px)).reshape(height_px, width_px, channels)


def file_bytes(image: Image.Image | np.ndarray, file_format: str, **options: object) -> bytes:
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def exif(orientation: int, **options: object) -> bytes:
    block = Image.Exif()
    block[ORIENTATION] = orientation
    return block.tobytes(**options)


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:33] + chunk + png[33:]


PLAIN = {
    "jpeg": file_bytes(pixels(), "JPEG"),
    "grey jpeg": file_bytes(pixels(channels=1), "JPEG"),
    "progressive jpeg": file_bytes(pixels(), "JPEG", progressive=True),
    "4:4:4 jpeg": file_bytes(pixels(), "JPEG", subsampling=0),
    "turned jpeg": file_bytes(pixels(), "JPEG", exif=exif(6)),
    "png": file_bytes(pixels(), "PNG"),
    "grey png": file_bytes(pixels(channels=1), "PNG"),
    "clear png": file_bytes(pixels(channels=4), "PNG"),
    "webp": file_bytes(pixels(), "WEBP"),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_files_decode_as_by_the_careful_way(kind: str) -> None:
    data = PLAIN[kind]
    header = plain_header(data)
    assert header is not None
    photo = decode_photo(data, kind)
    np.testing.assert_array_equal(decode_plain(data, header), photo.as_uint8(photo.channels))
    stored = (header.width_px, header.height_px)
    assert stored == ((57, 41))
    assert claimed_size_px(data) == stored


@pytest.mark.parametrize("orientation", range(1, 9))
def test_both_byte_orders_of_exif(orientation: int) -> None:
    little = exif(orientation)
    big = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(
        ">HHHIHHI", 1, ORIENTATION, 3, 1, orientation, 0, 0
    )
    for block in (little, big):
        header = plain_header(file_bytes(pixels(), "JPEG", exif=block))
        assert header is not None
        assert header.orientation == orientation


def test_a_profile_in_several_parts_is_put_together() -> None:
    profile = np.random.default_rng(1).bytes(150_000)
    header = plain_header(file_bytes(pixels(), "JPEG", icc_profile=profile))
    assert header is not None
    assert header.icc_profile == profile


def test_halving_needs_even_sides() -> None:
    for height_px, width_px in ((40, 56), (41, 56), (40, 57)):
        data = file_bytes(pixels(height_px, width_px), "JPEG")
        header = plain_header(data)
        assert header is not None
        assert header.decodes_halved == (height_px % 2 == width_px % 2 == 0)
        if header.decodes_halved:
            halved = decode_plain(data, header, halved=True)
            assert halved is not None
            assert halved.shape == (20, 28, 3)
            whole = decode_plain(data, header)
            assert whole is not None
            assert abs(halved.mean() - whole.mean()) < 1


NOT_PLAIN = {
    "nothing": b"",
    "text": b"some text",
    "cmyk jpeg": file_bytes(Image.fromarray(pixels()).convert("CMYK"), "JPEG"),
    "cut jpeg": PLAIN["jpeg"][:-30],
    "jpeg head": PLAIN["jpeg"][:60],
    "jpeg with odd exif": file_bytes(pixels(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff"),
    "16-bit png": cv2.imencode(".png", pixels().astype(np.uint16) * 257)[1].tobytes(),
    "palette png": file_bytes(Image.fromarray(pixels()).quantize(8), "PNG"),
    "png with a clear colour": file_bytes(pixels(), "PNG", transparency=(1, 2, 3)),
    "turned png": file_bytes(pixels(), "PNG", exif=exif(6)),
    "png with a profile": file_bytes(pixels(), "PNG", icc_profile=b"profile"),
    "png with packed text": with_chunk(PLAIN["png"], b"zTXt", b"k\0\0" + zlib.compress(b"text")),
    "cut png": PLAIN["png"][:-30],
    "damaged png": PLAIN["png"][:60] + b"\0\0\0\0" + PLAIN["png"][64:],
    "clear webp": file_bytes(pixels(channels=4), "WEBP"),
    "lossless webp": file_bytes(pixels(), "WEBP", lossless=True),
    "cut webp": PLAIN["webp"][:-30],
    "gif": file_bytes(pixels(), "GIF"),
}


@pytest.mark.parametrize("kind", NOT_PLAIN)
def test_other_files_are_left_to_the_careful_way(kind: str) -> None:
    assert plain_header(NOT_PLAIN[kind]) is None


def test_a_file_whose_pixels_do_not_fit_its_header_is_damaged() -> None:
    header = plain_header(PLAIN["jpeg"])
    assert header is not None
    assert decode_plain(file_bytes(pixels(20, 20), "JPEG"), header) is None
    assert decode_plain(PLAIN["jpeg"][:400], header) is None
