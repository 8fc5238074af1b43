import numpy as np
import pytest
import torch

from serve.photo.pixels import pixels_to_tensor, tensor_to_pixels


def test_every_level_survives_the_round_trip():
    pixels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    assert np.array_equal(tensor_to_pixels(pixels_to_tensor(pixels)), pixels)


def test_black_and_white_are_minus_one_and_one():
    pixels = np.zeros((2, 3, 4, 3), dtype=np.uint8)
    pixels[1] = 255
    images = pixels_to_tensor(pixels)
    assert images.shape == (2, 3, 3, 4)
    assert images.dtype == torch.float32
    assert images[0].unique().tolist() == [-1.0]
    assert images[1].unique().tolist() == [1.0]


def test_values_beyond_the_range_are_clipped():
    images = torch.tensor([-3.0, 0.0, 7.0]).reshape(1, 1, 1, 3)
    assert tensor_to_pixels(images).ravel().tolist() == [0, 128, 255]


def test_a_network_with_gradients_is_accepted():
    images = torch.zeros(1, 3, 2, 2, requires_grad=True)
    assert tensor_to_pixels(images).shape == (1, 2, 2, 3)


@pytest.mark.parametrize("pixels", [np.zeros((2, 2, 3), np.uint8), np.zeros((1, 2, 2, 3))])
def test_other_arrays_are_refused(pixels):
    with pytest.raises(ValueError, match="expected uint8"):
        pixels_to_tensor(pixels)
