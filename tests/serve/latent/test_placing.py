from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from serve.bundle import load_bundle
from serve.errors import BundleError
from serve.latent.placing import find_frame
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from tests.bundles import tiny_bundle

SIZE = 32


def known_picture() -> np.ndarray:
    """What the model knows: a dark disc, left of the middle of a white square, and a red bar."""
    picture = np.full((SIZE, SIZE, 3), 255, np.uint8)
    cv2.circle(picture, (12, 18), 8, (30, 30, 60), -1)
    cv2.rectangle(picture, (18, 14), (28, 22), (200, 40, 40), -1)
    return picture


class OnePicture:
    """A model whose answer to anything is the one picture that it knows."""

    def __init__(self, bundle: object) -> None:
        self.manifest = bundle.manifest  # type: ignore[attr-defined]
        known = torch.from_numpy(known_picture().transpose(2, 0, 1).astype(np.float32)) / 127.5 - 1
        dim = self.manifest.latent.dim
        self.projector = lambda images: torch.zeros(len(images), dim)
        self.generator = lambda latents: known.expand(len(latents), -1, -1, -1)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> OnePicture:
    path = tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny")
    return OnePicture(load_bundle(path))


def planted(
    ground: tuple[int, int, int], box: tuple[int, int, int], size: tuple[int, int]
) -> Photo:
    """The known picture at (x, y, side) of a photo of (width, height), white as the ground."""
    x, y, side = box
    photo = np.full((size[1], size[0], 3), ground, np.uint8)
    known = cv2.resize(known_picture(), (side, side), interpolation=cv2.INTER_CUBIC).astype(int)
    photo[y : y + side, x : x + side] = np.clip(known + np.array(ground) - 255, 0, 255)
    return Photo(photo)


def overlap(frame: PhotoFrame, box: tuple[int, int, int]) -> float:
    x, y, side = box
    x0, y0, x1, y1 = frame.region
    width = max(0.0, min(x1, x + side) - max(x0, x))
    height = max(0.0, min(y1, y + side) - max(y0, y))
    shared = width * height
    return shared / (side**2 + (x1 - x0) * (y1 - y0) - shared)


@pytest.mark.parametrize("ground", [(255, 255, 255), (190, 200, 210)])
@pytest.mark.parametrize(
    ("box", "size"),
    [((20, 90, 150), (240, 320)), ((180, 10, 110), (400, 200)), ((0, 0, 200), (200, 200))],
)
def test_a_planted_picture_is_found(model, ground, box, size):
    found = find_frame(model, planted(ground, box, size))
    assert overlap(found.frame, box) > 0.75
    assert found.explained > 0.7


def test_frames_are_square_of_whole_pixels_and_inside_the_whole(model):
    photo = planted((255, 255, 255), (40, 60, 90), (211, 173))
    frame = find_frame(model, photo).frame
    x0, y0, x1, y1 = frame.region
    assert x1 - x0 == y1 - y0
    assert all(edge == int(edge) for edge in frame.region)
    assert SIZE <= x1 - x0 <= 211
    assert (frame.photo_width_px, frame.photo_height_px) == (211, 173)


def test_the_frame_scales_with_the_photo(model):
    small = planted((255, 255, 255), (20, 90, 150), (240, 320))
    large = Photo(small.pixels.repeat(4, axis=0).repeat(4, axis=1))
    regions = [np.array(find_frame(model, photo).frame.region) for photo in (small, large)]
    assert np.abs(regions[1] / 4 - regions[0]).max() < 12


def test_it_is_the_same_every_time_and_says_what_it_tried(model):
    photo = planted((230, 220, 210), (60, 20, 120), (260, 180))
    seen: list[int] = []
    first, again = find_frame(model, photo, seen.append), find_frame(model, photo)
    assert first == again
    assert sum(seen) == first.frames_tried


@pytest.mark.parametrize("shape", [(SIZE, SIZE), (20, 90), (1, 1), (40, 1000)])
def test_odd_shapes_and_flat_photos_have_a_frame(model, shape):
    photo = Photo(np.full((*shape, 3), 90, np.uint8))
    found = find_frame(model, photo)
    assert found.frame.crop(photo.pixels).shape == (SIZE, SIZE, 3)


def test_grey_and_sixteen_bit_photos_are_placed_alike(model):
    photo = planted((255, 255, 255), (20, 90, 150), (240, 320))
    deep = Photo(photo.pixels.astype(np.uint16) * 257)
    assert find_frame(model, deep).frame == find_frame(model, photo).frame
    grey = Photo(photo.as_uint8(1))
    assert overlap(find_frame(model, grey).frame, (20, 90, 150)) > 0.6


def test_a_bundle_without_a_projector_says_what_to_do(tmp_path: Path):
    bundle = replace(load_bundle(tiny_bundle(tmp_path / "tiny")), projector=None)
    with pytest.raises(BundleError, match="centre, whole or a box"):
        find_frame(bundle, Photo(np.zeros((40, 40, 3), np.uint8)))
