import pytest
import torch
from torch.nn import functional

from igan.models.feature_discriminator import FeatureDiscriminator
from igan.models.features import AlexNetFeatures


@pytest.fixture(scope="module")
def judge() -> FeatureDiscriminator:
    torch.manual_seed(0)
    return FeatureDiscriminator(seen_size_px=64, width=8)


@pytest.mark.parametrize("channels", [1, 3])
def test_every_place_of_four_depths_is_judged(judge: FeatureDiscriminator, channels: int) -> None:
    images = torch.rand(2, channels, 32, 32) * 2 - 1
    sizes = [features.shape[1:] for features in judge.embed(images)]
    assert sizes == [(8, 15, 15), (8, 7, 7), (8, 3, 3), (8, 3, 3)]
    assert judge(images).shape == (2, 8 * 8 + 4 * 4 + 2 * 2 + 2 * 2)


def test_the_stages_are_alexnet(judge: FeatureDiscriminator) -> None:
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    seen = functional.interpolate(images, (64, 64), mode="bilinear")
    grid = ((seen + 1) / 2 - judge.mean) / judge.std
    for stage in judge.stages:
        grid = stage(grid)
    torch.testing.assert_close(grid, AlexNetFeatures("conv4", upsampling=2)(images))


def test_only_the_heads_are_trained(judge: FeatureDiscriminator) -> None:
    trained = {name.split(".")[0] for name, part in judge.named_parameters() if part.requires_grad}
    assert trained == {"heads"}


def test_gradients_reach_the_images_but_not_from_detached_features(
    judge: FeatureDiscriminator,
) -> None:
    images = (torch.rand(2, 3, 32, 32) * 2 - 1).requires_grad_()
    embedded = judge.embed(images)
    judge.judge([features.detach() for features in embedded]).sum().backward()
    assert images.grad is None
    judge.judge(embedded).sum().backward()
    assert images.grad.abs().sum() > 0


def test_typical_magnitudes_bring_every_depth_to_one_scale(judge: FeatureDiscriminator) -> None:
    """Noise is no photo, so that only the order of magnitude can hold."""
    smooth = functional.interpolate(torch.randn(16, 3, 6, 6), (96, 96), mode="bicubic").clamp(-1, 1)
    scales = [features.square().mean().sqrt() for features in judge.embed(smooth)]
    assert max(scales) / min(scales) < 4


def test_images_too_small_for_alexnet_are_refused() -> None:
    assert FeatureDiscriminator(31, width=2)(torch.rand(1, 3, 8, 8)).shape[0] == 1
    with pytest.raises(ValueError, match="AlexNet needs 31"):
        FeatureDiscriminator(30)
