import numpy as np
import pytest

from serve.photo import alpha
from serve.photo.alpha import over_white


def test_known_mixtures() -> None:
    pixels = np.array([[[0, 100, 255], [0, 100, 255], [10, 10, 10]]], np.uint8)
    clear = np.array([[0, 255, 51]], np.uint8)
    expected = [[[255, 255, 255], [0, 100, 255], [206, 206, 206]]]
    assert over_white(pixels, clear).tolist() == expected


def test_bands_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (37, 11, 3), np.uint8)
    clear = random.integers(0, 256, (37, 11), np.uint8)
    whole = over_white(pixels, clear)
    monkeypatch.setattr(alpha, "BAND_PIXELS", 50)
    np.testing.assert_array_equal(over_white(pixels, clear), whole)
