"""Every kind of photo goes through `igan edit` and comes back as what it was."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from igan.cli.edit import edit_file
from serve.bundle import load_bundle
from serve.errors import PhotoError
from serve.latent.edit import (
    BundleIdentity,
    Edit,
    EditSettings,
    LatentCache,
    PhotoIdentity,
    write_edit,
)
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo, read_photo, write_photo
from tests.bundles import tiny_bundle

ARTIST, ORIENTATION = 0x013B, 0x0112


def colours(height_px: int = 96, width_px: int = 72) -> np.ndarray:
    """A light disc on a dark gradient, uint8 (H, W, 3)."""
    y, x = np.mgrid[:height_px, :width_px] + 0.5
    disc = np.hypot(x - width_px / 2, y - height_px / 2) < 0.3 * min(height_px, width_px)
    planes = [60 + 120 * disc, 40 + 50 * x / width_px, 30 + 90 * y / height_px]
    return np.stack(planes, axis=2).astype(np.uint8)


def alpha_of(pixels: np.ndarray) -> np.ndarray:
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[:4] = 0
    return alpha


def deep(samples: np.ndarray) -> np.ndarray:
    return samples.astype(np.uint16) * 257


def ours(photo: Photo) -> Callable[[Path], None]:
    return lambda path: write_photo(photo, path)


def pillow(image: Image.Image, file_format: str, **options: object) -> Callable[[Path], None]:
    return lambda path: image.save(path, file_format, **options)


def opencv(samples: np.ndarray) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(cv2.imencode(path.suffix, samples)[1].tobytes())


def rotated() -> Callable[[Path], None]:
    exif = Image.Exif()
    exif[ARTIST], exif[ORIENTATION] = "Ada", 6
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(colours())))
    return pillow(stored, "JPEG", exif=exif.tobytes(), quality=60, subsampling=2)


RGB = colours()
GREY = RGB[..., :1]

# name of the file, how it is made; then channels, dtype, alpha and suffix of the result
KINDS = {
    "8-bit RGB PNG": ("a.png", ours(Photo(RGB)), 3, np.uint8, False, ".png"),
    "16-bit RGB PNG": ("a.png", ours(Photo(deep(RGB))), 3, np.uint16, False, ".png"),
    "8-bit RGBA PNG": ("a.png", ours(Photo(RGB, alpha_of(RGB))), 3, np.uint8, True, ".png"),
    "8-bit grey PNG": ("a.png", ours(Photo(GREY)), 3, np.uint8, False, ".png"),
    "16-bit grey and alpha PNG": (
        "a.png",
        ours(Photo(deep(GREY), deep(alpha_of(RGB)))),
        3,
        np.uint16,
        True,
        ".png",
    ),
    "palette PNG": (
        "a.png",
        pillow(Image.fromarray(RGB).quantize(), "PNG"),
        3,
        np.uint8,
        False,
        ".png",
    ),
    "1-bit PNG": (
        "a.png",
        pillow(Image.fromarray(RGB).convert("1"), "PNG"),
        3,
        np.uint8,
        False,
        ".png",
    ),
    "16-bit RGB TIFF": ("a.tif", ours(Photo(deep(RGB))), 3, np.uint16, False, ".tif"),
    "16-bit grey and alpha TIFF": (
        "a.tiff",
        ours(Photo(deep(GREY), deep(alpha_of(RGB)))),
        3,
        np.uint16,
        True,
        ".tiff",
    ),
    "16-bit grey TIFF of OpenCV": ("a.tiff", opencv(deep(GREY)), 3, np.uint16, False, ".tiff"),
    "CMYK TIFF": (
        "a.tif",
        pillow(Image.fromarray(RGB).convert("CMYK"), "TIFF"),
        3,
        np.uint8,
        False,
        ".tif",
    ),
    "JPEG": ("a.jpg", pillow(Image.fromarray(RGB), "JPEG"), 3, np.uint8, False, ".jpg"),
    "grey JPEG": (
        "a.jpeg",
        pillow(Image.fromarray(GREY[..., 0]), "JPEG"),
        3,
        np.uint8,
        False,
        ".jpeg",
    ),
    "CMYK JPEG": (
        "a.jpg",
        pillow(Image.fromarray(RGB).convert("CMYK"), "JPEG"),
        3,
        np.uint8,
        False,
        ".jpg",
    ),
    "JPEG rotated by EXIF": ("a.jpg", rotated(), 3, np.uint8, False, ".jpg"),
    "JPEG named otherwise": (
        "a.png",
        pillow(Image.fromarray(RGB), "JPEG"),
        3,
        np.uint8,
        False,
        ".jpg",
    ),
    "JPEG without a suffix": (
        "a",
        pillow(Image.fromarray(RGB), "JPEG"),
        3,
        np.uint8,
        False,
        ".jpg",
    ),
    "WebP": ("a.webp", pillow(Image.fromarray(RGB), "WEBP"), 3, np.uint8, False, ".webp"),
    "AVIF": ("a.avif", pillow(Image.fromarray(RGB), "AVIF"), 3, np.uint8, False, ".avif"),
    "BMP": ("a.bmp", pillow(Image.fromarray(RGB), "BMP"), 3, np.uint8, False, ".bmp"),
    "PPM": ("a.ppm", pillow(Image.fromarray(RGB), "PPM"), 3, np.uint8, False, ".ppm"),
    "PGM": ("a.pgm", opencv(GREY), 3, np.uint8, False, ".pnm"),
    "GIF": ("a.gif", pillow(Image.fromarray(RGB), "GIF"), 3, np.uint8, False, ".png"),
    "1 to 10": ("a.png", ours(Photo(colours(64, 640))), 3, np.uint8, False, ".png"),
    "64 x 64": ("a.png", ours(Photo(colours(64, 64))), 3, np.uint8, False, ".png"),
    "64 x 64 in 16 bits": (
        "a.png",
        ours(Photo(deep(colours(64, 64)))),
        3,
        np.uint16,
        False,
        ".png",
    ),
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny", features=None)


def edited(bundle_path: Path, photo_path: Path, out: Path, amount: float = 1.0) -> dict:
    """Edit a photo between two given latents, so that nothing needs to be projected."""
    photo, bundle = read_photo(photo_path), load_bundle(bundle_path)
    edit = Edit(
        constraints=(),
        bundle=BundleIdentity(bundle.manifest.name, bundle.digest),
        photo=PhotoIdentity(photo.sha256, photo.width_px, photo.height_px),
        frame=PhotoFrame.centre_square(photo, bundle.manifest.image.size),
        settings=EditSettings(frames=2),
        cache=LatentCache.of(torch.zeros(16), torch.linspace(-0.9, 0.9, 16)),
    )
    write_edit(edit, out.with_suffix(".json"))
    return edit_file(
        bundle_path, photo_path, out.with_suffix(".json"), out, amount=amount, films=()
    )


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind: str, bundle: Path, tmp_path: Path) -> None:
    name, make, channels, dtype, has_alpha, suffix = KINDS[kind]
    make(tmp_path / name)
    before = read_photo(tmp_path / name)
    figures = edited(bundle, tmp_path / name, tmp_path / "out")
    after = read_photo(tmp_path / "out" / figures["edited"])
    assert figures["edited"] == f"a-edited{suffix}"
    assert after.pixels.shape == (before.height_px, before.width_px, channels)
    assert after.pixels.dtype == dtype
    assert (after.alpha is not None) == has_alpha
    assert after.source_format == before.source_format or before.source_format == "GIF"
    assert (after.pixels != before.pixels).mean() > 0.05
    mask = read_photo(tmp_path / "out" / "mask.png").pixels
    assert mask.shape == (before.height_px, before.width_px, 1)
    if suffix in (".png", ".tif", ".tiff", ".bmp", ".ppm", ".pnm"):
        unchanged = mask[..., 0] == 0
        left = before.pixels if before.channels == 3 else np.repeat(before.pixels, 3, axis=2)
        np.testing.assert_array_equal(after.pixels[unchanged], left[unchanged])


def test_what_jpeg_carried_stays(bundle: Path, tmp_path: Path) -> None:
    rotated()(tmp_path / "a.jpg")
    edited(bundle, tmp_path / "a.jpg", tmp_path / "out")
    with (
        Image.open(tmp_path / "a.jpg") as before,
        Image.open(tmp_path / "out" / "a-edited.jpg") as after,
    ):
        assert after.size == before.size[::-1]
        assert after.quantization == before.quantization
        assert after.layer == before.layer
        assert after.getexif()[ARTIST] == "Ada"
        assert after.getexif().get(ORIENTATION, 1) == 1


@pytest.mark.parametrize(
    ("kind", "sentence"), [("CMYK JPEG", "is CMYK; the result is sRGB"), ("GIF", "is a PNG")]
)
def test_conversions_are_said(kind: str, sentence: str, bundle: Path, tmp_path: Path) -> None:
    name, make, *_ = KINDS[kind]
    make(tmp_path / name)
    figures = edited(bundle, tmp_path / name, tmp_path / "out")
    assert sentence in figures["notes"][0]


@pytest.mark.parametrize("kind", ["JPEG rotated by EXIF", "16-bit RGB TIFF", "CMYK JPEG", "GIF"])
def test_no_amount_copies_the_bytes(kind: str, bundle: Path, tmp_path: Path) -> None:
    name, make, *_ = KINDS[kind]
    make(tmp_path / name)
    figures = edited(bundle, tmp_path / name, tmp_path / "out", amount=0.0)
    assert (tmp_path / "out" / figures["edited"]).read_bytes() == (tmp_path / name).read_bytes()
    assert not read_photo(tmp_path / "out" / "mask.png").pixels.any()


def cut_off() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(colours(400, 300)).save(buffer, "JPEG")
    return buffer.getvalue()[:2000]


@pytest.mark.parametrize(
    "data",
    [b"", b"not a photo", cut_off(), b"\0\0\0\x18ftypheic" + bytes(200)],
    ids=["empty", "text", "cut off", "HEIC"],
)
def test_bad_ones_are_refused_by_a_sentence(data: bytes, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(data)
    script = tmp_path / "script.json"
    script.write_text('{"version": 1, "constraints": []}')
    with pytest.raises(PhotoError, match=r"a\.jpg .*\.$"):
        edit_file(bundle, tmp_path / "a.jpg", script, tmp_path / "out")
    assert not (tmp_path / "out").exists()
