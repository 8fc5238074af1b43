"""How unlike two pictures look, by the activations of AlexNet at every layer.

Zhang, Isola, Efros, Shechtman, Wang, "The Unreasonable Effectiveness of Deep Features as a
Perceptual Metric" (2018), equation 1: activations after each ReLU are scaled to length 1 over
channels; squared differences are weighted by channel, averaged over places and added over layers.
Pictures enter as they are, without enlargement.

With the learnt weights of that paper (`lpips`) the distance is LPIPS. It needs AlexNet's conv5,
which is not part of the package, so a weights file has to be named. Without one there is
`alexnet_distance`: conv1 to conv4, every channel weighted alike. Its values are no LPIPS and are
called otherwise.
"""

from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from igan.errors import ConfigError
from igan.models.features import LAYERS, AlexNetFeatures
from serve.photo.pixels import pixels_to_tensor

PICTURES_AT_ONCE = 32
_TINY = 1e-8


class PerceptualDistance:
    """A distance of pictures, with the name that its values must carry.

    Args:
        network: AlexNet up to its last layer that counts, after ReLU and without enlargement.
        weights: (C_l,) of each layer l.
    """

    def __init__(self, name: str, network: AlexNetFeatures, weights: Sequence[Tensor]) -> None:
        self.name = name
        self._network = network
        self._weights = weights

    @torch.no_grad()
    def __call__(
        self, pictures: npt.NDArray[np.uint8], references: npt.NDArray[np.uint8]
    ) -> npt.NDArray[np.float64]:
        """The distance of each pair, float64 (N,), 0 for equal pictures.

        Args:
            pictures, references: uint8 (N, S, S, C), C 3 or 1 (grey).
        """
        if pictures.shape != references.shape:
            raise ValueError(f"pictures {pictures.shape} and references {references.shape} differ")
        starts = range(0, len(pictures), PICTURES_AT_ONCE)
        parts = [
            self._distance(
                pixels_to_tensor(pictures[start : start + PICTURES_AT_ONCE]),
                pixels_to_tensor(references[start : start + PICTURES_AT_ONCE]),
            )
            for start in starts
        ]
        return torch.cat(parts).double().numpy()

    def _distance(self, images: Tensor, references: Tensor) -> Tensor:
        total = torch.zeros(len(images))
        pairs = zip(self._activations(images), self._activations(references), strict=True)
        for weight, (first, second) in zip(self._weights, pairs, strict=True):
            difference = (_directions(first) - _directions(second)).square()
            total += (difference * weight[:, None, None]).sum(1).mean((1, 2))
        return total

    def _activations(self, images: Tensor) -> list[Tensor]:
        """After every ReLU; one-channel images count as grey."""
        values = (images + 1) / 2
        values = (values - self._network.mean) / self._network.std
        found = []
        for part in self._network.features:
            values = part(values)
            if isinstance(part, nn.ReLU):
                found.append(values)
        return found


def alexnet_distance() -> PerceptualDistance:
    """conv1 to conv4 of the package, every channel weighted alike; a layer gives at most 2."""
    network = AlexNetFeatures(layer="conv4", upsampling=1)
    weights = [torch.ones(channels) for channels in _channels(network)]
    return PerceptualDistance("alexnet_distance", network, weights)


def lpips(alexnet_weights: Path) -> PerceptualDistance:
    """LPIPS (AlexNet, version 0.1).

    Args:
        alexnet_weights: a safetensors file with conv1 to conv5, keys as in
            `torchvision.models.alexnet().state_dict()`. The layers' learnt weights come with the
            package torchmetrics.

    Raises:
        ConfigError: the file is not there, or lacks a layer.
    """
    if not alexnet_weights.is_file():
        raise ConfigError(
            f"{alexnet_weights} is not there; LPIPS needs AlexNet's convolutions as a safetensors "
            "file."
        )
    try:
        network = AlexNetFeatures(layer="conv5", upsampling=1, weights=str(alexnet_weights))
    except (SafetensorError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"{alexnet_weights} does not hold AlexNet's convolutions ({error}); give a safetensors "
            "file with the keys of torchvision's alexnet."
        ) from error
    return PerceptualDistance("lpips", network, _learnt_weights())


def _learnt_weights() -> list[Tensor]:
    packaged = files("torchmetrics.functional.image") / "lpips_models" / "alex.pth"
    with as_file(packaged) as path:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    return [stored[f"lin{layer}.model.1.weight"].flatten() for layer in range(len(LAYERS))]


def _channels(network: AlexNetFeatures) -> list[int]:
    return [part.out_channels for part in network.features if isinstance(part, nn.Conv2d)]


def _directions(activations: Tensor) -> Tensor:
    """Scale (N, C, H, W) to length 1 over channels."""
    return activations / (activations.square().sum(1, keepdim=True).sqrt() + _TINY)
