from pathlib import Path

import numpy as np
import pytest
import torch

from igan.errors import ConfigError
from igan.evaluation.feature_spaces import (
    CELL_PX,
    ORIENTATIONS,
    FeatureSpace,
    alexnet_space,
    hog_and_colour,
    hog_colour_space,
    inception_space,
    orientation_histograms,
)


def stripes(angle: float, period_px: float = 8) -> torch.Tensor:
    """Waves whose gradient points to `angle`, (1, 1, 64, 64)."""
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    along = columns * np.cos(angle) + rows * np.sin(angle)
    return torch.sin(2 * np.pi / period_px * along)[None, None]


@pytest.mark.parametrize("number", range(ORIENTATIONS))
def test_waves_vote_for_the_orientation_of_their_gradient(number: int) -> None:
    histograms = orientation_histograms(stripes(np.pi * number / ORIENTATIONS))
    assert (histograms[..., 1:-1, 1:-1].argmax(1) == number).all()


def test_a_histogram_has_length_one_and_a_flat_cell_nearly_none() -> None:
    picture = stripes(0.3)
    picture[..., :32] = 0.5
    lengths = orientation_histograms(picture).square().sum(1).sqrt()
    cells = 32 // CELL_PX
    torch.testing.assert_close(lengths[..., cells + 1 :], torch.ones(1, 8, 3), rtol=0.02, atol=0)
    assert lengths[..., : cells - 1].max() == 0


def test_invisible_noise_on_flat_ground_weighs_little() -> None:
    torch.manual_seed(0)
    noise = torch.randn(1, 1, 64, 64) / 127.5
    assert orientation_histograms(noise).square().sum(1).sqrt().max() < 0.5


def test_the_product_of_a_picture_with_itself_is_the_mean_of_edges_and_colours() -> None:
    images = stripes(0.3).expand(1, 3, 64, 64)
    features = hog_and_colour(images)
    edges = orientation_histograms(images[:, :1]).square().sum(1).mean()
    cells = images.unfold(2, 16, 16).unfold(3, 16, 16)
    second_moments = cells.square().mean()
    product = features.square().sum() / features.shape[1]
    torch.testing.assert_close(product, (edges + second_moments) / 2)


def test_other_sizes_and_grey_pictures_have_features_too() -> None:
    assert hog_and_colour(torch.rand(2, 1, 32, 32)).shape == (2, 8 * 64 + 2 * 16)
    assert hog_and_colour(torch.rand(2, 3, 128, 128)).shape == (2, 8 * 64 + 6 * 16)


@pytest.mark.parametrize("space", [alexnet_space(), hog_colour_space()], ids=lambda s: s.name)
def test_pictures_are_looked_at_in_parts(space: FeatureSpace) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (70, 32, 32, 3), dtype=np.uint8)
    seen: list[int] = []
    features = space.of_pixels(pixels, seen.append)
    assert seen == [64, 6]
    np.testing.assert_allclose(features[64:], space.of_pixels(pixels[64:]), rtol=1e-4, atol=1e-5)
    assert len(np.unique(features.round(5), axis=0)) == 70


def test_inception_needs_its_own_weights(tmp_path: Path) -> None:
    (tmp_path / "weights.pth").write_bytes(b"no weights")
    torch.save({"conv.weight": torch.zeros(1)}, tmp_path / "others.pth")
    for name in ("weights.pth", "others.pth", "nowhere.pth"):
        with pytest.raises(ConfigError, match="inception_v3"):
            inception_space(tmp_path / name)


@pytest.mark.slow
def test_inception_runs_on_given_weights(tmp_path: Path) -> None:
    from torchvision.models import inception_v3

    network = inception_v3(weights=None, init_weights=False, aux_logits=True)
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    space = inception_space(tmp_path / "weights.pth")
    features = space.of_pixels(np.zeros((2, 64, 64, 1), np.uint8))
    assert features.shape == (2, 2048)
