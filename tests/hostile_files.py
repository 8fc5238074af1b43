"""Files that break careless readers: what a folder of photos from the world may hold.

The files are made anew for each test, the same for the same seed; nothing here is larger than a few
megabytes, whatever it claims to be.
"""

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

Pixels = np.ndarray
HostileFile = tuple[str, bytes, bool | None]

FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif", "GIF": ".gif"}


def photo_pixels(seed: int, height_px: int = 60, width_px: int = 80) -> Pixels:
    """Return a smooth random photo, uint8 (H, W, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return cv2.resize(coarse, (width_px, height_px), interpolation=cv2.INTER_CUBIC)


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def photo_file(seed: int, file_format: str = "JPEG", **options: object) -> bytes:
    return encoded(Image.fromarray(photo_pixels(seed)), file_format, **options)


@cache
def hostile_contents(seed: int = 0) -> tuple[HostileFile, ...]:
    """Return the names of files, their bytes, and whether a photo can be made of them.

    None stands for files of which a decoder may make a damaged picture or refuse it.
    """
    return tuple(_damaged_files(seed))


def _damaged_files(seed: int) -> Iterator[HostileFile]:
    random = np.random.default_rng(seed)
    for number in range(100):
        file_format = list(FORMATS)[number % len(FORMATS)]
        data = photo_file(1000 + number, file_format)
        kept = int(random.integers(1, int(0.7 * len(data))))
        yield f"cut/{number}{FORMATS[file_format]}", data[:kept], False
    for number in range(20):
        data = bytearray(photo_file(1100 + number))
        start = int(random.integers(2, 200))
        data[start : start + 40] = random.bytes(40)
        yield f"overwritten-head/{number}.jpg", bytes(data), None
    for number in range(20):
        file_format = list(FORMATS)[number % len(FORMATS)]
        data = bytearray(photo_file(1200 + number, file_format))
        for place in random.integers(0, len(data), 30):
            data[place] = random.integers(256)
        name = f"flipped-bits/{number}{FORMATS[file_format]}"
        yield name, bytes(data), None
    for number in range(15):
        yield f"noise/{number}.jpg", random.bytes(number * number * 10 + 1), False
    for number, suffix in enumerate(FORMATS.values()):
        yield f"empty/{number}{suffix}", b"", False
    for number, (name, data) in enumerate(_other_files().items()):
        yield f"other/{number}-{name}", data, False
    for number, file_format in enumerate(list(FORMATS) * 3):
        suffix = list(FORMATS.values())[(number + 1 + number // 5) % 5]
        yield f"wrong-suffix/{number}{suffix}", photo_file(1300 + number, file_format), True
    yield from _odd_photos()
    yield from _bombs()


def write_hostile_folder(folder: Path, seed: int = 0) -> dict[str, bool | None]:
    """Fill a folder; return what `hostile_contents` says of each entry, by its identity."""
    outcomes: dict[str, bool | None] = {}
    for name, data, readable in hostile_contents(seed):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        outcomes[name] = readable
    outcomes |= _odd_names(folder)
    outcomes |= _no_files(folder)
    return outcomes


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_that_claims(width_px: int, height_px: int, body: bytes = bytes(100)) -> bytes:
    """Return a small PNG file whose header says that it is large."""
    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(body, 9)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*chunk) for chunk in chunks)


def jpeg_that_claims(width_px: int, height_px: int) -> bytes:
    data = bytearray(photo_file(1))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height_px, width_px)
    return bytes(data)


def webp_that_claims(width_px: int, height_px: int) -> bytes:
    frames = [Image.fromarray(photo_pixels(seed)) for seed in (1, 2)]
    data = bytearray(encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]))
    assert data[12:16] == b"VP8X"
    data[24:27] = (width_px - 1).to_bytes(3, "little")
    data[27:30] = (height_px - 1).to_bytes(3, "little")
    return bytes(data)


def gif_that_claims(width_px: int, height_px: int) -> bytes:
    data = bytearray(photo_file(1, "GIF"))
    data[6:10] = struct.pack("<HH", width_px, height_px)
    return bytes(data)


def tiff_that_claims(width_px: int, height_px: int) -> bytes:
    data = bytearray(photo_file(1, "TIFF"))
    for tag, value in ((256, width_px), (257, height_px)):
        entry = data.index(struct.pack("<HHI", tag, 4, 1))
        data[entry + 8 : entry + 12] = struct.pack("<I", value)
    return bytes(data)


def bmp_that_claims(width_px: int, height_px: int) -> bytes:
    data = bytearray(photo_file(1, "BMP"))
    data[18:26] = struct.pack("<ii", width_px, height_px)
    return bytes(data)


CLAIMS: dict[str, Callable[[int, int], bytes]] = {
    ".png": png_that_claims,
    ".jpg": jpeg_that_claims,
    ".webp": webp_that_claims,
    ".gif": gif_that_claims,
    ".tif": tiff_that_claims,
    ".bmp": bmp_that_claims,
}


def _bombs() -> Iterator[HostileFile]:
    for suffix, claim in CLAIMS.items():
        for side_px in (11_000, 16_000):
            yield f"bombs/{side_px}{suffix}", claim(side_px, side_px), False
        if suffix != ".webp":
            yield f"bombs/65000{suffix}", claim(65_000, 65_000), False
    yield "bombs/0.png", png_that_claims(0, 10), False
    yield "bombs/negative.bmp", bmp_that_claims(-5, 40), False
    yield "bombs/long.png", png_that_claims(900_000, 100), False
    yield "bombs/unpacked.png", png_that_claims(4000, 4000, bytes(4_000_000)), False
    text = png_chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(8_000_000), 9))
    data = photo_file(2, "PNG")
    yield "bombs/text.png", data[:33] + text + data[33:], None
    profile = png_chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(8_000_000), 9))
    yield "bombs/profile.png", data[:33] + profile + data[33:], None


def _odd_photos() -> Iterator[HostileFile]:
    image = Image.fromarray(photo_pixels(3))
    for number in range(5):
        cmyk = Image.fromarray(photo_pixels(40 + number)).convert("CMYK")
        yield f"cmyk/{number}.jpg", encoded(cmyk, "JPEG"), True
    yield "cmyk/a.tif", encoded(image.convert("CMYK"), "TIFF"), True
    yield "lab/a.tif", encoded(image.convert("LAB"), "TIFF"), True
    for number, (file_format, suffix) in enumerate(FORMATS.items()):
        dot = Image.new("RGB", (1, 1), (number * 40, 0, 0))
        yield f"tiny/1x1{suffix}", encoded(dot, file_format), True
        line = Image.fromarray(photo_pixels(50 + number, 1, 300))
        yield f"tiny/300x1{suffix}", encoded(line, file_format), True
    for number, shape in enumerate([(10, 30_000), (30_000, 10), (1, 60_000)]):
        strip = Image.fromarray(photo_pixels(60 + number, *shape))
        yield f"long/{number}.jpg", encoded(strip, "JPEG"), True
        yield f"long/{number}.png", encoded(strip, "PNG"), True
    for number in range(4):
        deep = photo_pixels(70 + number).astype(np.uint16) * 257
        yield f"16-bit/{number}.png", cv2.imencode(".png", deep)[1].tobytes(), True
        yield f"16-bit/{number}.tif", cv2.imencode(".tif", deep)[1].tobytes(), True
        grey = deep[..., 0] - np.uint16(number)
        yield f"16-bit/grey-{number}.png", cv2.imencode(".png", grey)[1].tobytes(), True
    for number in range(4):
        frames = [Image.fromarray(photo_pixels(80 + 10 * number + n)) for n in range(3)]
        for file_format, suffix in (("GIF", ".gif"), ("WEBP", ".webp"), ("TIFF", ".tif")):
            data = encoded(frames[0], file_format, save_all=True, append_images=frames[1:])
            yield f"several/{number}{suffix}", data, True
        data = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])
        yield f"several/{number}.png", data, True
    for number, mode in enumerate(("L", "LA", "RGBA", "P", "1", "I;16", "F", "YCbCr")):
        picture = Image.fromarray(photo_pixels(130 + number))
        if mode == "I;16":
            picture = Image.fromarray(np.asarray(picture.convert("L")).astype(np.uint16) * 257)
        else:
            picture = picture.convert(mode)
        yield f"modes/{number}.tif", encoded(picture, "TIFF"), True
        if mode in ("L", "LA", "RGBA", "P", "1"):
            yield f"modes/{number}.png", encoded(picture, "PNG"), True
    for orientation in range(1, 10):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = photo_file(140 + orientation, exif=exif.tobytes())
        yield f"turned/{orientation}.jpg", data, True
    broken_exif = b"Exif\0\0II*\0\xff\xff\xff\xff"
    yield "turned/broken-exif.jpg", photo_file(150, exif=broken_exif), True
    yield "profile/broken.jpg", photo_file(151, icc_profile=b"no profile at all"), True
    yield "more/trailing-bytes.jpg", photo_file(152) + bytes(5000), True
    yield "more/progressive.jpg", photo_file(153, progressive=True), True
    yield "more/avif.avif", photo_file(154, "AVIF"), True
    yield "more/plain.ppm", photo_file(155, "PPM"), True


def _other_files() -> dict[str, bytes]:
    return {
        "text.jpg": b"This is a text.\n" * 40,
        "page.jpg": b"<!doctype html><title>404</title>" * 20,
        "vector.png": b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        "script.gif": b"#!/bin/sh\nexit 1\n",
        "program.jpg": b"\x7fELF" + bytes(400),
        "zip.jpg": b"PK\x03\x04" + bytes(300),
        "pdf.png": b"%PDF-1.7\n" + bytes(300),
        "postscript.tif": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "icon.png": b"\0\0\1\0\1\0\x10\x10" + bytes(200),
        "signature.jpg": b"\xff\xd8\xff",
        "signature.png": b"\x89PNG\r\n\x1a\n",
        "signature.webp": b"RIFF\x10\0\0\0WEBPVP8X",
        "signature.gif": b"GIF89a",
        "directory-loop.tif": b"II*\0\x08\0\0\0\0\0\x08\0\0\0",
    }


def _odd_names(folder: Path) -> dict[str, bool | None]:
    names: list[bytes] = [
        b"new\nline.jpg",
        b"carriage\rreturn.jpg",
        b"quote\"and'comma,.jpg",
        b" leading space.jpg",
        b"trailing space .jpg",
        "ümläut ❤ 写真.jpg".encode(),
        b"latin-1-\xfc.jpg",
        b"broken-utf8-\xff\xfe.jpg",
        b"\x1b[31mred.jpg",
        b"=1+2.jpg",
        b"-rf.jpg",
        b"percent%00.jpg",
        b"x" * 240 + b".jpg",
        b"UPPER.JPG",
    ]
    odd = os.fsencode(folder / "names")
    os.makedirs(odd, exist_ok=True)
    outcomes: dict[str, bool | None] = {}
    for number, name in enumerate(names):
        with open(os.path.join(odd, name), "wb") as file:
            file.write(photo_file(200 + number))
        outcomes[f"names/{os.fsdecode(name)}"] = True
    return outcomes


def _no_files(folder: Path) -> dict[str, bool | None]:
    """Entries with the names of photos that are no regular files, or cannot be opened."""
    odd = folder / "no-files"
    odd.mkdir(parents=True)
    (odd / "broken-link.jpg").symlink_to("nowhere.jpg")
    (odd / "link-loop.jpg").symlink_to("link-loop.jpg")
    (odd / "link-to-folder.jpg").symlink_to(".")
    (odd / "link-to-photo.jpg").symlink_to("photo.jpg")
    (odd / "photo.jpg").write_bytes(photo_file(220))
    (odd / "folder.jpg").mkdir()
    (odd / "folder.jpg" / "inside.jpg").write_bytes(photo_file(221))
    os.mkfifo(odd / "pipe.jpg")
    (odd / "forbidden.jpg").write_bytes(photo_file(222))
    (odd / "forbidden.jpg").chmod(0)
    readable = os.access(odd / "forbidden.jpg", os.R_OK)  # the superuser may read everything
    return {
        "no-files/broken-link.jpg": False,
        "no-files/link-loop.jpg": False,
        "no-files/link-to-folder.jpg": False,
        "no-files/link-to-photo.jpg": True,
        "no-files/photo.jpg": True,
        "no-files/folder.jpg/inside.jpg": True,
        "no-files/pipe.jpg": False,
        "no-files/forbidden.jpg": bool(readable),
    }
