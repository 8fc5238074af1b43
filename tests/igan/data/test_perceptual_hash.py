from itertools import combinations

import cv2
import numpy as np
import pytest

from igan.data.perceptual_hash import perceptual_hash
from igan.data.rendering import render, sample_parameters
from tests.igan.data.conftest import detailed_pictures


def differing_bits(a: np.ndarray, b: np.ndarray) -> int:
    return (perceptual_hash(a) ^ perceptual_hash(b)).bit_count()


def test_bits_are_signs_of_the_lowest_frequencies() -> None:
    """A cosine of two periods from left to right has one large coefficient: (4, 0)."""
    wave = np.cos(np.pi * 4 * (np.arange(32) + 0.5) / 32)
    picture = np.rint(128 + 100 * wave)[None, :, None].repeat(32, axis=0).astype(np.uint8)
    assert perceptual_hash(picture) >> 4 & 1
    assert not perceptual_hash(255 - picture) >> 4 & 1


@pytest.mark.parametrize("channels", [1, 3])
def test_copies_of_a_picture_differ_in_few_bits(channels: int) -> None:
    for picture in detailed_pictures(20, size=64, channels=channels):
        small = cv2.resize(picture, (40, 40), interpolation=cv2.INTER_AREA)
        scaled = cv2.resize(small, (64, 64)).reshape(picture.shape)
        brighter = np.clip(picture * 0.9 + 12, 0, 255).astype(np.uint8)
        again = cv2.imdecode(cv2.imencode(".jpg", picture, [1, 60])[1], cv2.IMREAD_UNCHANGED)
        assert differing_bits(picture, scaled) <= 4
        assert differing_bits(picture, brighter) <= 6
        assert differing_bits(picture, again.reshape(picture.shape)) <= 6


def test_different_pictures_differ_in_many_bits() -> None:
    pictures = detailed_pictures(30, size=64)
    distances = [differing_bits(a, b) for a, b in combinations(pictures, 2)]
    assert min(distances) >= 10
    assert 28 < np.mean(distances) < 36


def test_drawn_shoes_have_hashes_of_their_own() -> None:
    hashes = {perceptual_hash(render(sample_parameters(0, index), 64)) for index in range(20)}
    assert len(hashes) >= 15
