import hashlib
from importlib.resources import as_file
from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import save_file
from torch.nn import functional

from igan.models.features import IMAGENET_MEAN, IMAGENET_STD, PACKAGED_WEIGHTS, AlexNetFeatures


@pytest.fixture(scope="module")
def alexnet_file(tmp_path_factory: pytest.TempPathFactory) -> tuple[torch.nn.Module, Path]:
    torch.manual_seed(0)
    alexnet = torchvision.models.alexnet(weights=None).eval()
    path = tmp_path_factory.mktemp("weights") / "alexnet.safetensors"
    save_file({k: v for k, v in alexnet.state_dict().items() if "features" in k}, path)
    return alexnet.features, path


@pytest.mark.parametrize(
    ("layer", "after_relu", "torchvision_depth"),
    [("conv1", True, 2), ("conv4", True, 10), ("conv4", False, 9), ("conv5", True, 12)],
)
def test_layers_are_torchvisions(
    alexnet_file: tuple[torch.nn.Sequential, Path],
    layer: str,
    after_relu: bool,
    torchvision_depth: int,
) -> None:
    alexnet, path = alexnet_file
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    enlarged = functional.interpolate((images + 1) / 2, scale_factor=2, mode="bilinear")
    normalised = torchvision.transforms.functional.normalize(enlarged, IMAGENET_MEAN, IMAGENET_STD)
    features = AlexNetFeatures(layer, 2, after_relu, str(path))
    torch.testing.assert_close(features(images), alexnet[:torchvision_depth](normalised))


def test_one_channel_counts_as_grey() -> None:
    features = AlexNetFeatures(upsampling=1)
    grey = torch.rand(1, 1, 64, 64) * 2 - 1
    torch.testing.assert_close(features(grey), features(grey.expand(1, 3, 64, 64)))


def test_the_packaged_weights_are_the_published_ones() -> None:
    with as_file(PACKAGED_WEIGHTS) as path:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == (
            "afaeefe161c7630023431c428f14d7e7f1cb83fe8845039f12ed7ded14de551d"
        )


def test_the_measure_never_trains() -> None:
    features = AlexNetFeatures().train()
    assert not features.training
    assert not any(parameter.requires_grad for parameter in features.parameters())


def test_a_layer_that_is_not_packaged_names_what_is_missing() -> None:
    with pytest.raises(ValueError, match=r"lack features\.10\.weight, which layer conv5 needs"):
        AlexNetFeatures("conv5")
    with pytest.raises(ValueError, match="must be one of conv1"):
        AlexNetFeatures("fc6")
