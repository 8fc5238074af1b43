"""The feature space C of the projection loss: AlexNet's convolutional features (section 4.1)."""

from importlib.resources import as_file, files
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

PACKAGED_WEIGHTS = files("igan.models") / "weights" / "alexnet-conv4-float16.safetensors"
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5")


class AlexNetFeatures(nn.Module):
    """Images `float32 (N, 1 or 3, S, S)` in [-1, 1] to features `float32 (N, F, h, w)`.

    The image is enlarged `upsampling` times (bilinear, corners not aligned), normalised as
    torchvision's weights expect, and run through AlexNet up to `layer`; one-channel images count
    as grey. The weights are frozen. conv1 to conv4 come with the package, so that no network
    connection is needed; `weights` names another safetensors file with the keys of
    `torchvision.models.alexnet().state_dict()`.

    Raises:
        ValueError: an unknown layer, or a weights file without that layer.
    """

    def __init__(
        self,
        layer: str = "conv4",
        upsampling: int = 4,
        after_relu: bool = True,
        weights: str | None = None,
    ) -> None:
        super().__init__()
        if layer not in LAYERS:
            raise ValueError(f"layer is {layer!r}, but must be one of {', '.join(LAYERS)}.")
        self.layer, self.upsampling, self.after_relu = layer, upsampling, after_relu
        depth = LAYERS.index(layer) + 1
        # Positions in the chain are torchvision's, so that its keys fit.
        chain = [
            nn.Conv2d(3, 64, 11, stride=4, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(64, 192, 5, padding=2),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(192, 384, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(256, 256, 3, padding=1),
            nn.ReLU(),
        ]
        convolutions = [place for place, part in enumerate(chain) if isinstance(part, nn.Conv2d)]
        last = convolutions[depth - 1] + (1 if after_relu else 0)
        self.features = nn.Sequential(*chain[: last + 1])
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), False)
        self._load(weights)
        self.requires_grad_(False).eval()

    mean: Tensor
    std: Tensor

    def forward(self, images: Tensor) -> Tensor:
        enlarged = functional.interpolate(
            images, scale_factor=self.upsampling, mode="bilinear", align_corners=False
        )
        return self.features(((enlarged + 1) / 2 - self.mean) / self.std)

    def train(self, mode: bool = True) -> "AlexNetFeatures":
        """Stay in evaluation mode: the features are a fixed measure."""
        return super().train(False)

    def _load(self, weights: str | None) -> None:
        if weights is None:
            with as_file(PACKAGED_WEIGHTS) as path:
                stored = load_file(path)
            origin = "the packaged weights (conv1 to conv4)"
        else:
            stored, origin = load_file(Path(weights)), weights
        wanted = self.state_dict()
        missing = [key for key in wanted if key not in stored]
        if missing:
            raise ValueError(f"{origin} lack {missing[0]}, which layer {self.layer} needs.")
        self.load_state_dict({key: stored[key].float() for key in wanted})
