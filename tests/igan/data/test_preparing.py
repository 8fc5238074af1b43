import io
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from igan.data.fitting import fitted_region
from igan.data.preparing import PictureSettings, prepare_photo, prepare_picture
from igan.errors import ConfigError
from serve.errors import PhotoError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from tests.igan.data.area_reference import area_average

MEAN_BOUND_LEVELS, LARGEST_BOUND_LEVELS = 1.0, 4.0


def textured(height_px: int, width_px: int, seed: int = 0) -> np.ndarray:
    """Foliage-like noise at every scale with hard edges: the worst case for antialiasing."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height_px, width_px, 3))
    for cells in (3, 12, 48, 192):
        shape = (min(cells, height_px), min(cells, width_px), 3)
        picture += cv2.resize(
            random.normal(0, 40, shape), (width_px, height_px), interpolation=cv2.INTER_NEAREST
        )
    picture += random.normal(0, 25, picture.shape)
    return np.clip(picture + 128, 0, 255).astype(np.uint8)


def file_bytes(pixels: np.ndarray, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def decoded(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
@pytest.mark.parametrize("anchor", ["centre", "top"])
@pytest.mark.parametrize("shape", [(300, 225), (225, 300), (131, 200), (64, 64), (2001, 67)])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "BMP"])
def test_reductions_are_exact_area_averages(
    fit: str, anchor: str, shape: tuple[int, int], file_format: str
) -> None:
    data = file_bytes(textured(*shape), file_format)
    settings = PictureSettings(64, fit=fit, anchor=anchor)  # type: ignore[arg-type]
    region = fitted_region(shape[1], shape[0], fit, anchor)
    difference = np.abs(
        prepare_picture(data, "a", settings) - area_average(decoded(data), region, 64)
    )
    assert difference.mean() < 0.5 < MEAN_BOUND_LEVELS
    assert difference.max() <= 1.01 < LARGEST_BOUND_LEVELS


@pytest.mark.parametrize("subsampling", [0, 2])
@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
def test_large_files_decoded_at_half_size_stay_within_the_bound(fit: str, subsampling: int) -> None:
    pixels = np.repeat(textured(1400, 1284)[..., :1], 3, axis=2)
    pixels[::7, :, 2] //= 2
    data = file_bytes(pixels, "JPEG", quality=92, subsampling=subsampling)
    picture = prepare_picture(data, "a", PictureSettings(32, fit=fit))  # type: ignore[arg-type]
    region = fitted_region(1284, 1400, fit, "centre")
    difference = np.abs(picture - area_average(decoded(data), region, 32))
    assert difference.mean() < MEAN_BOUND_LEVELS
    assert difference.max() <= LARGEST_BOUND_LEVELS


def test_a_picture_is_what_projection_sees() -> None:
    smooth = cv2.resize(textured(30, 40), (320, 240), interpolation=cv2.INTER_CUBIC)
    photo = Photo(smooth)
    for fit, frame in (
        ("crop", PhotoFrame.centre_square(photo, 64)),
        ("pad", PhotoFrame.whole(photo, 64)),
    ):
        picture = prepare_picture(smooth, "a", PictureSettings(64, fit=fit))  # type: ignore[arg-type]
        np.testing.assert_array_equal(frame.crop(smooth), picture)


def test_small_photos_are_enlarged_as_projection_does() -> None:
    small = textured(20, 29)
    photo = Photo(small)
    expected = PhotoFrame.centre_square(photo, 64).crop(small)
    np.testing.assert_array_equal(prepare_picture(small, "a", PictureSettings(64)), expected)
    expected = PhotoFrame.whole(photo, 64).crop(small)
    padded = prepare_picture(small, "a", PictureSettings(64, fit="pad"))
    np.testing.assert_array_equal(padded, expected)


@pytest.mark.parametrize("fit", ["crop", "pad", "squash"])
@pytest.mark.parametrize("shape", [(1, 1), (10, 30_000), (30_000, 10), (1, 65_535), (65_535, 1)])
def test_extreme_shapes(shape: tuple[int, int], fit: str) -> None:
    pixels = np.full((*shape, 3), 90, np.uint8)
    picture = prepare_picture(pixels, "a", PictureSettings(64, fit=fit))  # type: ignore[arg-type]
    assert picture.shape == (64, 64, 3)
    assert (picture == 90).all()


def test_squash_shrinks_one_axis_and_stretches_the_other() -> None:
    pixels = np.zeros((10, 3000, 3), np.uint8)
    pixels[:, 1500:] = 200
    picture = prepare_picture(pixels, "a", PictureSettings(64, fit="squash"))
    assert (picture[:, :32] == 0).all()
    assert (picture[:, 32:] == 200).all()


def test_the_anchor_says_which_part_is_seen() -> None:
    pixels = np.zeros((300, 100, 3), np.uint8)
    pixels[:100] = 250
    assert (prepare_picture(pixels, "a", PictureSettings(64, anchor="top")) == 250).all()
    assert (prepare_picture(pixels, "a", PictureSettings(64, anchor="centre")) == 0).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_photos_stand_upright(orientation: int, file_format: str) -> None:
    stored = np.zeros((64, 96, 3), np.uint8)
    stored[:32, :48] = (250, 0, 0)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a maker"
    data = file_bytes(stored, file_format, exif=exif.tobytes())
    picture = prepare_picture(data, "a", PictureSettings(16, fit="squash"))
    red = picture[..., 0] > 200
    corners = [red[2, 2], red[2, -3], red[-3, 2], red[-3, -3]]  # the red one, as people see it
    assert corners.index(True) == {1: 0, 2: 1, 3: 3, 4: 2, 5: 0, 6: 1, 7: 3, 8: 2}[orientation]
    assert corners.count(True) == 1


@pytest.mark.parametrize(("side_px", "size"), [(48, 16), (1280, 16)])
def test_the_size_of_the_upright_photo_is_told(side_px: int, size: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = file_bytes(textured(side_px, 2 * side_px), "JPEG", exif=exif.tobytes())
    photo = prepare_photo(data, "a", PictureSettings(size))
    assert (photo.width_px, photo.height_px) == (side_px, 2 * side_px)
    assert prepare_photo(textured(30, 50), "a", PictureSettings(size))[1:] == (50, 30)


def test_what_is_clear_is_white() -> None:
    pixels = np.zeros((80, 80, 4), np.uint8)
    pixels[:40] = (255, 0, 0, 255)
    pixels[40:, :, 3] = 51
    for file_format in ("PNG", "TIFF"):
        picture = prepare_picture(file_bytes(pixels, file_format), "a", PictureSettings(16))
        assert picture[2, 2].tolist() == [255, 0, 0]
        assert picture[-2, 2].tolist() == [204, 204, 204]
    palette = Image.fromarray(pixels[..., :3]).quantize(4)
    buffer = io.BytesIO()
    palette.save(buffer, "PNG", transparency=int(np.asarray(palette)[-1, -1]))
    picture = prepare_picture(buffer.getvalue(), "a", PictureSettings(16))
    assert picture[-2, 2].tolist() == [255, 255, 255]


def test_cmyk_grey_and_16_bits() -> None:
    smooth = cv2.resize(textured(6, 6), (96, 96), interpolation=cv2.INTER_CUBIC)
    buffer = io.BytesIO()
    Image.fromarray(smooth).convert("CMYK").save(buffer, "JPEG", quality=98)
    cmyk = prepare_picture(buffer.getvalue(), "a", PictureSettings(32))
    rgb = prepare_picture(smooth, "a", PictureSettings(32))
    assert np.abs(cmyk.astype(int) - rgb).mean() < 6

    deep = cv2.imencode(".png", (smooth.astype(np.uint16) * 257)[..., ::-1])[1].tobytes()
    np.testing.assert_allclose(prepare_picture(deep, "a", PictureSettings(32)), rgb, atol=0)

    grey = file_bytes(smooth[..., 0], "PNG")
    as_rgb = prepare_picture(grey, "a", PictureSettings(32))
    as_grey = prepare_picture(grey, "a", PictureSettings(32, channels=1))
    assert (as_rgb == as_grey).all()
    luma = prepare_picture(smooth, "a", PictureSettings(32, channels=1))
    assert luma.shape == (32, 32, 1)
    assert np.abs(luma[..., 0] - rgb @ np.array([0.299, 0.587, 0.114])).max() <= 0.51


def test_an_icc_profile_is_converted_to_srgb() -> None:
    """A profile in which red and green change places makes a picture in which they do."""
    smooth = cv2.resize(textured(6, 6), (96, 96), interpolation=cv2.INTER_CUBIC)
    plain = prepare_picture(smooth, "a", PictureSettings(32))
    profile = swapped_srgb()
    for file_format in ("PNG", "TIFF"):
        data = file_bytes(smooth, file_format, icc_profile=profile)
        picture = prepare_picture(data, "a", PictureSettings(32))
        np.testing.assert_allclose(picture, plain[..., [1, 0, 2]], atol=2)
    data = file_bytes(smooth, "JPEG", quality=100, subsampling=0, icc_profile=profile)
    picture = prepare_picture(data, "a", PictureSettings(32))
    assert np.abs(picture.astype(int) - plain[..., [1, 0, 2]]).mean() < 1.5


def test_an_srgb_profile_and_a_broken_one_change_nothing() -> None:
    smooth = cv2.resize(textured(6, 6), (96, 96), interpolation=cv2.INTER_CUBIC)
    plain = prepare_picture(file_bytes(smooth, "JPEG"), "a", PictureSettings(32))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for profile in (srgb, b"no profile", swapped_srgb()[:200]):
        data = file_bytes(smooth, "JPEG", icc_profile=profile)
        np.testing.assert_array_equal(prepare_picture(data, "a", PictureSettings(32)), plain)


def swapped_srgb() -> bytes:
    """Return an sRGB profile whose red and green primaries have changed places."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    entries = {bytes(profile[132 + 12 * n : 136 + 12 * n]): 132 + 12 * n for n in range(count)}
    red, green = entries[b"rXYZ"], entries[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


def test_trim_takes_a_border_away_and_pad_goes_on_with_its_colour() -> None:
    inside = textured(90, 120)
    inside[0], inside[-1], inside[:, 0], inside[:, -1] = 0, 0, 0, 0
    bordered = np.full((200, 260, 3), 253, np.uint8)
    bordered[40:130, 100:220] = inside
    trimmed = prepare_picture(bordered, "a", PictureSettings(32, fit="pad", trim=True))
    with_a_line = np.pad(inside, ((1, 1), (1, 1), (0, 0)), constant_values=253)
    expected = prepare_picture(with_a_line, "a", PictureSettings(32, fit="pad"))
    np.testing.assert_array_equal(trimmed, expected)
    assert (trimmed[:3] == 253).all()


def test_threads_make_the_same_pictures() -> None:
    files = [
        file_bytes(textured(60, 90, seed), file_format)
        for seed in range(4)
        for file_format in ("JPEG", "PNG", "TIFF", "GIF")
    ]
    settings = PictureSettings(32)
    one_by_one = [prepare_picture(data, "a", settings) for data in files]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda data: prepare_picture(data, "a", settings), files * 5))
    for index, picture in enumerate(at_once):
        np.testing.assert_array_equal(picture, one_by_one[index % len(files)])


def test_files_that_are_no_photos_are_refused() -> None:
    jpeg = file_bytes(textured(60, 90), "JPEG")
    for data in (b"", b"no photo", jpeg[: len(jpeg) // 2], jpeg[:30]):
        with pytest.raises(PhotoError, match=r"^a\.jpg .*\.$"):
            prepare_picture(data, "a.jpg", PictureSettings(32))


@pytest.mark.parametrize("size", [(20_000, 20_000), (65_535, 65_535)])
def test_a_jpeg_bomb_is_refused_by_its_header(size: tuple[int, int]) -> None:
    jpeg = bytearray(file_bytes(textured(16, 16), "JPEG"))
    frame = jpeg.index(b"\xff\xc0")
    jpeg[frame + 5 : frame + 9] = size[1].to_bytes(2, "big") + size[0].to_bytes(2, "big")
    with pytest.raises(PhotoError, match="megapixels"):
        prepare_picture(bytes(jpeg), "a", PictureSettings(32))


@pytest.mark.parametrize(
    "values", [{"size": 4}, {"channels": 2}, {"fit": "centre"}, {"anchor": "left"}]
)
def test_settings_outside_the_choices_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        PictureSettings(**{"size": 64, **values})  # type: ignore[arg-type]
