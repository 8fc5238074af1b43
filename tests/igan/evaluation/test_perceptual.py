from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchmetrics.functional.image.lpips import _LPIPS

from igan.errors import ConfigError
from igan.evaluation.perceptual import alexnet_distance, lpips
from igan.models.features import AlexNetFeatures
from serve.photo.pixels import pixels_to_tensor


def pairs(channels: int = 3) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(0)
    references = draw.integers(0, 256, (3, 64, 64, channels), np.uint8)
    noise = draw.normal(0, 1, references.shape) * np.array([0, 10, 60])[:, None, None, None]
    return np.clip(references + noise, 0, 255).astype(np.uint8), references


@pytest.fixture(scope="module")
def reference() -> _LPIPS:
    """The distance as torchmetrics computes it, with its learnt weights on a random AlexNet."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return _LPIPS(pretrained=True, net="alex", pnet_rand=True).eval()


@pytest.fixture(scope="module")
def weights(reference: _LPIPS, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That AlexNet as a safetensors file with torchvision's keys."""
    path = tmp_path_factory.mktemp("weights") / "alexnet.safetensors"
    state = {
        f"features.{key.split('.', 1)[1].split('.', 1)[0]}.{key.rsplit('.', 1)[1]}": value
        for key, value in reference.net.state_dict().items()
    }
    save_file({key: value.contiguous() for key, value in state.items()}, path)
    return path


@pytest.mark.parametrize("channels", [1, 3])
def test_lpips_agrees_with_torchmetrics(reference: _LPIPS, weights: Path, channels: int) -> None:
    pictures, references = pairs(channels)
    tensors = (pixels_to_tensor(part).expand(-1, 3, -1, -1) for part in (pictures, references))
    expected = reference(*tensors).flatten().numpy()
    distance = lpips(weights)
    assert distance.name == "lpips"
    np.testing.assert_allclose(distance(pictures, references), expected, rtol=1e-4, atol=1e-7)


def test_the_packaged_distance_by_hand() -> None:
    pictures, references = pairs()
    expected = np.zeros(3)
    for layer in ("conv1", "conv2", "conv3", "conv4"):
        network = AlexNetFeatures(layer=layer, upsampling=1)
        with torch.no_grad():
            first, second = (network(pixels_to_tensor(part)) for part in (pictures, references))
        cosine = torch.nn.functional.cosine_similarity(first, second, dim=1)
        silent = (first.norm(dim=1) == 0).float() + (second.norm(dim=1) == 0).float()
        expected += (2 - 2 * cosine - silent).mean((1, 2)).numpy()
    distance = alexnet_distance()
    values = distance(pictures, references)
    assert distance.name == "alexnet_distance"
    np.testing.assert_allclose(values, expected, rtol=1e-3, atol=1e-5)
    assert values[0] == 0
    assert values[0] < values[1] < values[2]


def test_unusable_weights_are_one_sentence(tmp_path: Path, weights: Path) -> None:
    with pytest.raises(ConfigError, match="is not there"):
        lpips(tmp_path / "none.safetensors")
    text = tmp_path / "text.safetensors"
    text.write_text("no weights")
    with pytest.raises(ConfigError, match="does not hold AlexNet"):
        lpips(text)
    with pytest.raises(ConfigError, match="conv5"):
        lpips(Path("igan/models/weights/alexnet-conv4-float16.safetensors").resolve())
