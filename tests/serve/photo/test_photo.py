import hashlib
import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from serve.errors import PhotoError
from serve.photo.encoding import suffix_for
from serve.photo.photo import Photo, decode_photo, read_photo, write_photo

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ORIENTATION, ARTIST, EXIF_IFD, LENS_MODEL = 0x0112, 0x013B, 0x8769, 0xA434


def smooth_pixels(height_px=40, width_px=56, channels=3, dtype=np.uint8):
    y, x = np.mgrid[:height_px, :width_px]
    planes = [np.sin(x / (5 + c)) * np.cos(y / (7 + c)) for c in range(channels)]
    white = np.iinfo(dtype).max
    return np.rint((np.stack(planes, axis=2) + 1) / 2 * white).astype(dtype)


def exif_block(orientation=1):
    exif = Image.Exif()
    exif[ARTIST] = "Ada"
    exif[ORIENTATION] = orientation
    exif.get_ifd(EXIF_IFD)[LENS_MODEL] = "50mm"
    return exif.tobytes()


def file_bytes(image, file_format, **options):
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def artist_and_lens(exif_bytes):
    exif = Image.Exif()
    exif.load(exif_bytes)
    return exif.get(ARTIST), exif.get_ifd(EXIF_IFD).get(LENS_MODEL), exif.get(ORIENTATION)


def test_rgb_png():
    pixels = smooth_pixels()
    data = file_bytes(Image.fromarray(pixels), "PNG")
    photo = decode_photo(data, "a.png")
    assert np.array_equal(photo.pixels, pixels)
    assert (photo.height_px, photo.width_px, photo.channels) == (40, 56, 3)
    assert photo.alpha is None
    assert photo.source_format == "PNG"
    assert photo.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "JPEG", "WEBP"])
def test_orientation_is_applied(orientation, file_format):
    upright = np.zeros((32, 64, 3), dtype=np.uint8)
    upright[:16, :32] = (255, 0, 0)
    upright[:16, 32:] = (0, 255, 0)
    upright[16:, :32] = (0, 0, 255)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(upright)
    stored = image.transpose(undo[orientation]) if orientation in undo else image
    options = {"lossless": True} if file_format == "WEBP" else {}
    data = file_bytes(stored, file_format, exif=exif_block(orientation), **options)
    photo = decode_photo(data, "a")
    assert photo.pixels.shape == upright.shape
    assert np.abs(photo.pixels[8::16, 16::32].astype(int) - upright[8::16, 16::32]).max() < 12
    assert artist_and_lens(photo.exif) == ("Ada", "50mm", None)


def test_orientation_is_applied_to_16_bits(tmp_path):
    upright = smooth_pixels(24, 40, 3, np.uint16)
    stored = np.ascontiguousarray(np.rot90(upright))  # orientation 6: turn clockwise to see it
    photo = Photo(stored, exif=exif_block(6))
    for suffix in (".png", ".tif"):
        write_photo(photo, tmp_path / f"a{suffix}")
        assert np.array_equal(read_photo(tmp_path / f"a{suffix}").pixels, upright)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("with_alpha", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".tiff"])
def test_lossless_formats_keep_everything(tmp_path, channels, with_alpha, dtype, suffix):
    pixels = smooth_pixels(channels=channels, dtype=dtype)
    alpha = smooth_pixels(channels=1, dtype=dtype)[..., 0] if with_alpha else None
    profile = SRGB if channels == 3 else None
    written = Photo(pixels, alpha=alpha, icc_profile=profile, exif=exif_block())
    write_photo(written, tmp_path / f"a{suffix}")
    photo = read_photo(tmp_path / f"a{suffix}")
    assert photo.pixels.dtype == dtype
    if suffix != ".png" and channels == 1 and with_alpha:
        pixels = np.repeat(pixels, 3, axis=2)  # TIFF writes grey with alpha as RGB with alpha
    assert np.array_equal(photo.pixels, pixels)
    assert (photo.alpha is None) == (alpha is None)
    if alpha is not None:
        assert np.array_equal(photo.alpha, alpha)
    assert photo.icc_profile == profile
    assert artist_and_lens(photo.exif)[:2] == ("Ada", "50mm")


@pytest.mark.parametrize("suffix", [".webp", ".avif"])
def test_web_formats_keep_alpha_and_metadata(tmp_path, suffix):
    alpha = smooth_pixels(channels=1)[..., 0]
    written = Photo(smooth_pixels(), alpha=alpha, icc_profile=SRGB, exif=exif_block())
    write_photo(written, tmp_path / f"a{suffix}")
    photo = read_photo(tmp_path / f"a{suffix}")
    assert np.abs(photo.alpha.astype(int) - alpha).max() <= 8
    assert photo.icc_profile == SRGB
    assert artist_and_lens(photo.exif)[:2] == ("Ada", "50mm")


def test_our_16_bit_files_are_read_by_others(tmp_path):
    pixels = smooth_pixels(dtype=np.uint16)
    write_photo(Photo(pixels), tmp_path / "a.png")
    write_photo(Photo(pixels), tmp_path / "a.tif")
    for name in ("a.png", "a.tif"):
        bgr = cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED)
        assert np.array_equal(bgr[..., ::-1], pixels)
    with Image.open(tmp_path / "a.png") as image:
        assert np.array_equal(np.asarray(image), pixels >> 8)


def test_16_bit_grey_files_of_others():
    pixels = smooth_pixels(channels=1, dtype=np.uint16)
    for suffix in (".png", ".tiff"):
        data = cv2.imencode(suffix, pixels)[1].tobytes()
        photo = decode_photo(data, "a")
        assert np.array_equal(photo.pixels, pixels)


def test_jpeg_is_written_as_finely_as_it_was_read(tmp_path):
    data = file_bytes(Image.fromarray(smooth_pixels()), "JPEG", quality=61, subsampling=2)
    (tmp_path / "a.jpg").write_bytes(data)
    write_photo(read_photo(tmp_path / "a.jpg"), tmp_path / "b.jpg")
    with Image.open(tmp_path / "a.jpg") as first, Image.open(tmp_path / "b.jpg") as second:
        assert second.quantization == first.quantization
        assert second.layer == first.layer


def test_jpeg_from_elsewhere_has_full_chroma_at_quality_95(tmp_path):
    write_photo(Photo(smooth_pixels()), tmp_path / "b.jpg")
    reference = file_bytes(Image.fromarray(smooth_pixels()), "JPEG", quality=95, subsampling=0)
    with Image.open(tmp_path / "b.jpg") as image, Image.open(io.BytesIO(reference)) as expected:
        assert image.quantization == expected.quantization
        assert image.layer == expected.layer


def test_jpeg_keeps_profile_and_exif_and_lays_alpha_over_white(tmp_path):
    pixels = np.zeros((16, 16, 3), dtype=np.uint8)
    alpha = np.zeros((16, 16), dtype=np.uint8)
    photo = Photo(pixels, alpha=alpha, icc_profile=SRGB, exif=exif_block())
    write_photo(photo, tmp_path / "a.jpg")
    back = read_photo(tmp_path / "a.jpg")
    assert (back.pixels == 255).all()
    assert back.icc_profile == SRGB
    assert artist_and_lens(back.exif) == ("Ada", "50mm", None)


def test_grey_jpeg_stays_grey(tmp_path):
    pixels = smooth_pixels(channels=1)
    data = file_bytes(Image.fromarray(pixels[..., 0]), "JPEG", quality=90)
    photo = decode_photo(data, "a.jpg")
    assert photo.channels == 1
    write_photo(photo, tmp_path / "b.jpg")
    assert read_photo(tmp_path / "b.jpg").channels == 1


def test_cmyk_becomes_rgb():
    image = Image.fromarray(smooth_pixels()).convert("CMYK")
    photo = decode_photo(file_bytes(image, "JPEG", quality=100), "a.jpg")
    assert photo.icc_profile is None
    assert photo.jpeg_coding is None
    assert np.abs(photo.pixels.astype(int) - smooth_pixels()).mean() < 6


def test_palette_becomes_rgb_with_alpha():
    image = Image.new("P", (20, 10), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 5, 10))
    photo = decode_photo(file_bytes(image, "PNG", transparency=0), "a.png")
    assert photo.pixels[0, 10].tolist() == [0, 0, 255]
    assert photo.alpha[0, 0] == 0
    assert photo.alpha[0, 10] == 255


def test_one_bit_pictures_become_grey():
    image = Image.fromarray(smooth_pixels(channels=1)[..., 0]).convert("1")
    photo = decode_photo(file_bytes(image, "PNG"), "a.png")
    assert set(np.unique(photo.pixels)) == {0, 255}


def test_of_several_frames_the_first_is_taken():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for file_format in ("GIF", "WEBP", "TIFF"):
        data = file_bytes(frames[0], file_format, save_all=True, append_images=frames[1:])
        red, green, blue = decode_photo(data, "a").pixels[4, 4].astype(int)
        assert red > 200
        assert max(green, blue) < 60


def test_as_uint8():
    deep = Photo(np.array([[[0, 32896, 65535]]], dtype=np.uint16))
    assert deep.as_uint8(3).tolist() == [[[0, 128, 255]]]
    clear = Photo(np.zeros((1, 1, 3), np.uint8), alpha=np.full((1, 1), 51, np.uint8))
    assert clear.as_uint8(3).tolist() == [[[204, 204, 204]]]
    grey = Photo(np.full((1, 1, 1), 9, np.uint8))
    assert grey.as_uint8(3).tolist() == [[[9, 9, 9]]]
    assert Photo(np.array([[[255, 0, 0]]], np.uint8)).as_uint8(1).tolist() == [[[76]]]


def png_that_claims(width_px, height_px):
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(10_001, 10_000), (12_000, 12_000), (60_000, 60_000)])
def test_bombs_are_refused_before_decoding(size):
    with pytest.raises(PhotoError, match="more than the 100 megapixels"):
        decode_photo(png_that_claims(*size), "bomb.png")


def cut_off(file_format):
    return file_bytes(Image.fromarray(smooth_pixels(200, 200)), file_format)[:900]


@pytest.mark.parametrize(
    "data",
    [b"", b"hello, this is text\n" * 50, cut_off("PNG"), cut_off("JPEG"), cut_off("WEBP")],
    ids=["empty", "text", "cut png", "cut jpeg", "cut webp"],
)
def test_what_is_no_photo_is_refused_by_a_sentence(tmp_path, data):
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(PhotoError, match=r"a\.jpg .*\.$") as caught:
        read_photo(path)
    assert "\n" not in str(caught.value)


def test_a_folder_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(PhotoError, match="is a folder"):
        read_photo(tmp_path)
    with pytest.raises(PhotoError, match="is not there"):
        read_photo(tmp_path / "none.jpg")


def test_an_unknown_suffix_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(PhotoError, match="cannot be written"):
        write_photo(Photo(smooth_pixels()), tmp_path / "a.xyz")
    assert list(tmp_path.iterdir()) == []


def test_a_photo_too_wide_for_the_format_leaves_the_old_file(tmp_path):
    (tmp_path / "a.webp").write_bytes(b"old")
    with pytest.raises(PhotoError, match="write PNG or TIFF"):
        write_photo(Photo(np.zeros((1, 20_000, 3), np.uint8)), tmp_path / "a.webp")
    assert [path.name for path in tmp_path.iterdir()] == ["a.webp"]
    assert (tmp_path / "a.webp").read_bytes() == b"old"


@pytest.mark.parametrize(
    ("pixels", "alpha"),
    [
        (np.zeros((4, 4), np.uint8), None),
        (np.zeros((4, 4, 2), np.uint8), None),
        (np.zeros((4, 4, 3), np.float32), None),
        (np.zeros((4, 4, 3), np.uint8), np.zeros((4, 5), np.uint8)),
        (np.zeros((4, 4, 3), np.uint16), np.zeros((4, 4), np.uint8)),
    ],
)
def test_photos_of_other_shapes_are_refused(pixels, alpha):
    with pytest.raises(ValueError, match=r"pixels|alpha"):
        Photo(pixels, alpha=alpha)


def test_as_rgb():
    grey = Photo(np.full((2, 3, 1), 9, np.uint16), icc_profile=b"grey")
    assert (grey.as_rgb().pixels == np.full((2, 3, 3), 9)).all()
    assert grey.as_rgb().pixels.dtype == np.uint16
    assert grey.as_rgb().icc_profile is None
    colour = Photo(smooth_pixels(), icc_profile=SRGB)
    assert colour.as_rgb() is colour


@pytest.mark.parametrize(
    ("name", "source_format", "suffix"),
    [
        ("a.JPG", "JPEG", ".JPG"),
        ("a.jpeg", "JPEG", ".jpeg"),
        ("a.jpg", "PNG", ".png"),
        ("a", "TIFF", ".tif"),
        ("a.gif", "GIF", ".png"),
        ("a.pgm", "PPM", ".pnm"),
    ],
)
def test_suffixes_follow_the_format(name, source_format, suffix):
    assert suffix_for(Path(name), source_format) == suffix


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_netpbm_files_are_read_by_others(tmp_path, channels, dtype):
    pixels = smooth_pixels(channels=channels, dtype=dtype)
    write_photo(Photo(pixels), tmp_path / "a.pnm")
    read = cv2.imread(str(tmp_path / "a.pnm"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(read.reshape(pixels.shape)[..., ::-1], pixels)


@pytest.mark.parametrize("channels", [1, 3])
def test_bmp_files_keep_their_pixels(tmp_path, channels):
    pixels = smooth_pixels(channels=channels)
    write_photo(Photo(pixels), tmp_path / "a.bmp")
    assert np.array_equal(read_photo(tmp_path / "a.bmp").pixels, pixels)
