import cv2
import numpy as np
import pytest

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.ground import Ground, find_ground, layer_weights

WHITE = (252, 252, 252)


def photo_of_a_disc(side_px=400, ground=WHITE, thing=(120, 60, 30), noise=1.0, radius=0.25):
    y, x = np.mgrid[:side_px, :side_px] + 0.5
    distance = np.hypot(x - side_px / 2, y - side_px / 2)
    cover = np.clip(radius * side_px - distance + 0.5, 0, 1)[..., None]
    rng = np.random.default_rng(0)
    colours = (1 - cover) * np.array(ground) + cover * np.array(thing)
    colours += noise * rng.standard_normal((side_px, side_px, 1))
    return np.rint(np.clip(colours, 0, 255)).astype(np.uint8), cover[..., 0]


def centres(side_px):
    return np.meshgrid(*[np.arange(side_px, dtype=np.float32) + 0.5] * 2)


@pytest.mark.parametrize("thing", [(120, 60, 30), (235, 236, 238)])
def test_ground_is_what_surrounds_a_thing(thing):
    pixels, cover = photo_of_a_disc(thing=thing)
    share = Ground.of(Photo(pixels)).at(*centres(400))
    assert np.abs(1 - share - cover).mean() < 0.01
    assert share[cover == 0].min() > 0.75
    assert share[170:230, 170:230].max() == 0


def test_its_outline_is_mixed_as_the_photo_is():
    pixels, cover = photo_of_a_disc(noise=0)
    pixels_of_outline = (cover > 0.05) & (cover < 0.95)
    share = Ground.of(Photo(pixels)).at(*centres(400))
    assert np.abs(1 - share - cover)[pixels_of_outline].max() < 0.06


def test_large_photos_and_other_depths_and_alpha():
    pixels, cover = photo_of_a_disc(side_px=1500)
    whole = Ground.of(Photo(pixels))
    assert max(whole.share.shape) == 1024
    assert np.abs(1 - whole.at(*centres(1500)) - cover).mean() < 0.01
    deep = Ground.of(Photo(pixels.astype(np.uint16) * 257))
    assert np.abs(deep.share.astype(int) - whole.share).max() <= 40
    alpha = np.rint(255 * cover).astype(np.uint8)
    cut_out = Ground.of(Photo(np.full_like(pixels, 90), alpha=alpha))
    assert np.abs(1 - cut_out.at(*centres(1500)) - cover).mean() < 0.01


def test_jpeg_ripples_are_ground():
    pixels, cover = photo_of_a_disc(noise=0)
    data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 70])[1]
    rippled = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    share = Ground.of(Photo(np.ascontiguousarray(rippled))).at(*centres(400))
    assert share[cover == 0].min() > 0.7
    assert share[cover == 0].mean() > 0.995


def test_a_hole_that_touches_no_border_is_no_ground():
    pixels, _ = photo_of_a_disc(thing=(100, 100, 100), radius=0.4)
    pixels[180:220, 180:220] = WHITE
    assert not find_ground(pixels, 3)[185:215, 185:215].any()


def test_pictures_without_a_plain_border_have_none():
    y, x = np.mgrid[:200, :200]
    landscape = np.stack([x, y, (x + y) // 2], axis=2).astype(np.uint8)
    assert Ground.of(Photo(landscape)) is None
    filled, _ = photo_of_a_disc(radius=0.55)
    assert Ground.of(Photo(filled)) is None


@pytest.mark.parametrize("channels", [1, 3])
def test_tiny_pictures(channels):
    assert Ground.of(Photo(np.full((1, 1, channels), 9, np.uint8))).at(*centres(1)) == 1.0


def test_uniform_parts_are_numbers():
    pixels, _ = photo_of_a_disc()
    ground = Ground.of(Photo(pixels))
    x, y = centres(20)
    assert ground.at(x, y) == 1.0
    assert ground.at(x + 190, y + 190) == 0.0


def test_layers_take_what_photo_and_frame_agree_on():
    pixels, _ = photo_of_a_disc(side_px=256)
    photo = Photo(pixels)
    frame = PhotoFrame.whole(photo, 64)
    share = Ground.of(photo).on_grid(frame)
    smaller, _ = photo_of_a_disc(side_px=64, radius=0.18, noise=4.0)
    things, ground = layer_weights(share, smaller, 14)
    assert things.shape == ground.shape == (1, 1, 64, 64)
    assert things[0, 0, 32, 32] == pytest.approx(1)
    assert ground[0, 0, 2, 2] == pytest.approx(1)
    between = (0, 0, 32, 32 + 14)  # a thing in the photo, ground in the frame
    assert things[between] < 0.1
    assert ground[between] < 0.1
