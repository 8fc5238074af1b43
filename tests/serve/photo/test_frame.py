import io
import json

import numpy as np
import pytest
from PIL import Image

from igan.data.preparing import PictureSettings, prepare_picture
from serve.errors import EditError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo, decode_photo
from serve.photo.resampling import resample_region
from tests.serve.photo.test_colour_space import SRGB, swapped


def photo_of(height_px, width_px, channels=3):
    return Photo(np.zeros((height_px, width_px, channels), dtype=np.uint8))


def ramp(height_px, width_px, gain_x, gain_y, offset):
    y, x = np.mgrid[:height_px, :width_px] + 0.5
    return (gain_x * x + gain_y * y + offset)[..., None].astype(np.float32)


def test_photo_and_grid_coordinates_are_inverse():
    frame = PhotoFrame.box(photo_of(300, 225), 64, (-3.7, 12.345, 200.1, 290.9))
    points = np.random.default_rng(0).uniform(-100, 400, (1000, 2))
    assert np.abs(frame.grid_to_photo(frame.photo_to_grid(points)) - points).max() < 1e-6
    assert np.abs(frame.photo_to_grid(frame.grid_to_photo(points)) - points).max() < 1e-6


def test_corners_of_the_region_are_corners_of_the_grid():
    frame = PhotoFrame.box(photo_of(300, 225), 64, (-3.5, 12.25, 200.0, 290.0))
    corners = frame.grid_to_photo([(0, 0), (64, 64)])
    assert corners.tolist() == [[-3.5, 12.25], [200.0, 290.0]]


def test_named_frames():
    photo = photo_of(300, 225)
    assert PhotoFrame.whole(photo, 64).region == (-37.5, 0.0, 262.5, 300.0)
    assert PhotoFrame.centre_square(photo, 64).region == (0.0, 37.5, 225.0, 262.5)


@pytest.mark.parametrize(
    "region",
    [
        (10.3, 20.7, 150.9, 161.3),  # reduction by 2.2
        (10.3, 20.7, 80.3, 90.7),  # reduction by 1.09
        (30.3, 40.7, 50.9, 61.3),  # enlargement by 3.1
        (10.5, 20.5, 74.5, 84.5),  # shifted by half a pixel
    ],
)
def test_a_linear_ramp_keeps_its_exact_values(region):
    pixels = ramp(200, 180, 0.31, -0.17, 60.0)
    x0, y0, x1, y1 = region
    grid = (np.arange(64) + 0.5) / 64
    expected = 0.31 * (x0 + grid * (x1 - x0))[None, :] - 0.17 * (y0 + grid * (y1 - y0))[:, None]
    result = resample_region(pixels, region, (64, 64))[..., 0]
    assert np.abs(result - (expected + 60.0)).max() < 1e-3


def test_a_crop_rounds_the_ramp_to_levels():
    pixels = np.rint(ramp(200, 180, 1.0, 0.0, 0.5)).astype(np.uint8)  # exact: x + 0.5 is whole
    frame = PhotoFrame.box(Photo(pixels), 64, (10.25, 20.0, 130.25, 140.0))
    expected = 10.25 + (np.arange(64) + 0.5) * 120 / 64 + 0.5
    assert np.abs(frame.crop(pixels)[17, :, 0] - expected).max() <= 0.51


def test_a_region_on_the_pixels_gives_the_pixels():
    pixels = np.random.default_rng(1).integers(0, 256, (80, 90, 3), dtype=np.uint8)
    frame = PhotoFrame.box(Photo(pixels), 64, (7, 11, 71, 75))
    assert np.array_equal(frame.crop(pixels), pixels[11:75, 7:71])


def test_reduction_by_a_whole_number_is_the_mean_of_blocks():
    pixels = np.random.default_rng(2).integers(0, 256, (48, 48, 3), dtype=np.uint8)
    frame = PhotoFrame.whole(Photo(pixels), 16)
    means = pixels.reshape(16, 3, 16, 3, 3).mean(axis=(1, 3))
    assert np.abs(frame.crop(pixels) - means).max() <= 0.51


def test_fine_stripes_do_not_alias():
    pixels = np.zeros((512, 512, 3), dtype=np.uint8)
    pixels[:, ::2] = 255
    frame = PhotoFrame.box(Photo(pixels), 64, (0.3, 0.3, 511.7, 511.7))
    assert np.abs(frame.crop(pixels).astype(float) - 127.5).max() < 12


def test_beyond_the_photo_stands_its_border():
    pixels = np.random.default_rng(3).integers(0, 256, (40, 20, 3), dtype=np.uint8)
    frame = PhotoFrame.whole(Photo(pixels), 40)
    square = frame.crop(pixels)
    assert np.array_equal(square[:, 10:30], pixels)
    assert np.array_equal(square[:, :10], np.repeat(pixels[:, :1], 10, axis=1))


def test_beyond_the_photo_stands_the_padding_colour():
    pixels = np.full((40, 20, 3), 100, dtype=np.uint8)
    frame = PhotoFrame.whole(Photo(pixels), 40, padding="constant", padding_colour=(10, 20, 30))
    square = frame.crop(pixels)
    assert (square[:, :10] == (10, 20, 30)).all()
    assert (square[:, 10:30] == 100).all()


def test_constant_padding_mixes_in_proportion():
    pixels = np.full((40, 20, 1), 100, dtype=np.uint8)
    frame = PhotoFrame.whole(Photo(pixels), 8, padding="constant", padding_colour=(200, 200, 200))
    # Eight cells of five pixels: the photo's left border at pixel 10 lies on a cell's border.
    assert frame.crop(pixels)[4, :, 0].tolist() == [200, 200, 100, 100, 100, 100, 200, 200]


def test_grey_photos_have_grey_crops():
    pixels = np.full((30, 30, 1), 77, dtype=np.uint8)
    assert (PhotoFrame.whole(Photo(pixels), 16).crop(pixels) == np.full((16, 16, 1), 77)).all()


def test_frames_survive_json():
    frame = PhotoFrame.box(photo_of(30, 40), 64, (-0.1, 1 / 3, 29.7, 31.0), "constant", (1, 2, 3))
    assert PhotoFrame.from_json(json.loads(json.dumps(frame.to_json()))) == frame


@pytest.mark.parametrize(
    "change",
    [
        {"region": [0, 0, 5]},
        {"region": [0, 0, "a", 5]},
        {"region": [0, 0, float("nan"), 5]},
        {"region": [5, 0, 5, 5]},
        {"region": [100, 100, 200, 200]},
        {"region": None},
        {"photo_width_px": 0},
        {"photo_width_px": 2.5},
        {"photo_width_px": True},
        {"network_size_px": "64"},
        {"padding": "mirror"},
        {"padding": 3},
        {"padding_colour": [0, 0, 300]},
        {"padding_colour": "white"},
    ],
)
def test_bad_json_is_refused_by_a_sentence(change):
    document = PhotoFrame.whole(photo_of(30, 40), 64).to_json() | change
    with pytest.raises(EditError, match=r"^[A-Z].*\.$"):
        PhotoFrame.from_json(document)


def test_a_missing_key_is_named():
    document = PhotoFrame.whole(photo_of(30, 40), 64).to_json()
    del document["network_size_px"]
    with pytest.raises(EditError, match="network_size_px"):
        PhotoFrame.from_json(document)


@pytest.mark.parametrize("document", [None, [], "frame", 3])
def test_json_that_is_no_object_is_refused(document):
    with pytest.raises(EditError):
        PhotoFrame.from_json(document)


def test_pixels_of_another_photo_are_refused():
    frame = PhotoFrame.whole(photo_of(30, 40), 64)
    with pytest.raises(ValueError, match="not those"):
        frame.crop(np.zeros((40, 30, 3), dtype=np.uint8))


def file_of(pixels, file_format, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def textured(height_px, width_px, channels):
    return np.random.default_rng(4).integers(0, 256, (height_px, width_px, channels), np.uint8)


@pytest.mark.parametrize("fit", ["crop", "pad"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("file_format", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"icc_profile": swapped(SRGB)}),
        ("PNG", {"icc_profile": swapped(SRGB)}),
    ],
)
@pytest.mark.parametrize("shape", [(300, 225), (224, 301), (64, 64), (40, 90)])
def test_a_picture_is_what_a_store_keeps(fit, channels, file_format, options, shape):
    data = file_of(textured(*shape, 3), file_format, **options)
    photo = decode_photo(data, "a")
    make = PhotoFrame.centre_square if fit == "crop" else PhotoFrame.whole
    kept = prepare_picture(data, "a", PictureSettings(64, channels=channels, fit=fit))
    np.testing.assert_array_equal(make(photo, 64).picture(photo, channels), kept)


def test_a_profile_changes_the_picture_and_not_the_crop():
    pixels = textured(80, 80, 3)
    photo = decode_photo(file_of(pixels, "PNG", icc_profile=swapped(SRGB)), "a")
    frame = PhotoFrame.centre_square(photo, 64)
    picture, crop = frame.picture(photo, 3), frame.crop(photo.as_uint8(3))
    assert np.abs(picture[..., :2].astype(int) - crop[..., 1::-1]).max() <= 2
    assert np.abs(picture.astype(int) - crop).max() > 50


def test_what_is_clear_is_white_in_the_picture():
    clear = np.zeros((70, 70, 4), np.uint8)
    photo = decode_photo(file_of(clear, "PNG"), "a")
    assert (PhotoFrame.centre_square(photo, 64).picture(photo, 3) == 255).all()


def test_a_picture_of_another_photo_is_refused():
    frame = PhotoFrame.whole(photo_of(30, 40), 64)
    with pytest.raises(ValueError, match="not those"):
        frame.picture(photo_of(40, 30), 3)
