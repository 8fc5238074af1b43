import numpy as np
import pytest
import torch
from torchmetrics.functional.image import structural_similarity_index_measure

from serve.latent.ssim import ssim


def pictures(channels=3):
    draw = np.random.default_rng(0)
    smooth = np.cumsum(draw.normal(0, 6, (4, 32, 40, channels)), axis=2) + 128
    noisy = smooth + draw.normal(0, 1, smooth.shape) * np.array([0, 5, 20, 80])[:, None, None, None]
    return [np.clip(np.rint(part), 0, 255).astype(np.uint8) for part in (smooth, noisy)]


@pytest.mark.parametrize("channels", [1, 3])
def test_it_agrees_with_torchmetrics(channels):
    """Which continues the picture beyond its border, so that its map is cut to the inside."""
    references, noisy = pictures(channels)
    _, similarity = structural_similarity_index_measure(
        *(torch.from_numpy(part).permute(0, 3, 1, 2).double() for part in (noisy, references)),
        data_range=255.0,
        return_full_image=True,
    )
    expected = similarity[..., 5:-5, 5:-5].mean((1, 2, 3))
    np.testing.assert_allclose(ssim(noisy, references), expected, atol=1e-9)


def test_equal_pictures_are_one_and_noise_lowers_it():
    references, noisy = pictures()
    values = ssim(noisy, references)
    assert values[0] == 1.0
    assert (np.diff(values) < 0).all()


def test_two_flat_pictures_by_hand():
    """Without variance only luminance counts: (2 * 100 * 200 + c1) / (100^2 + 200^2 + c1)."""
    dark, light = (np.full((1, 16, 16, 1), level, np.uint8) for level in (100, 200))
    c1 = (0.01 * 255) ** 2
    assert ssim(dark, light)[0] == pytest.approx((40000 + c1) / (50000 + c1), rel=1e-9)


def test_pictures_too_small_or_unlike_in_shape_are_refused():
    with pytest.raises(ValueError, match="at least 11"):
        ssim(np.zeros((1, 10, 30, 3), np.uint8), np.zeros((1, 10, 30, 3), np.uint8))
    with pytest.raises(ValueError, match="differ"):
        ssim(np.zeros((1, 16, 16, 3), np.uint8), np.zeros((2, 16, 16, 3), np.uint8))
