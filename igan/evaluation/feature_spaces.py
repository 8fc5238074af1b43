"""Feature spaces in which sets of pictures are compared, each with a name that is stated.

`alexnet` is what comes with the package. A generator whose discriminator looks through AlexNet's
features is flattered by it; `hog-colour` is learnt from nothing and shares no weight with any
network. `inception` needs a weights file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from igan.errors import ConfigError
from igan.models.features import IMAGENET_MEAN, IMAGENET_STD, AlexNetFeatures
from serve.photo.pixels import pixels_to_tensor

AT_ONCE = 64
GRID_PX = 64
CELL_PX = 8
ORIENTATIONS = 8
COLOUR_CELL_PX = 16
INCEPTION_PX = 299
_FLAT_ENERGY = 0.02


@dataclass(frozen=True)
class FeatureSpace:
    """A named map from images to one vector each.

    Attributes:
        name: what a report calls it.
        meaning: one line that says exactly what it is.
        extract: images `float32 (N, 1 or 3, S, S)` in [-1, 1] to features `float32 (N, D)`.
    """

    name: str
    meaning: str
    extract: Callable[[Tensor], Tensor]

    @torch.no_grad()
    def of_pixels(
        self,
        pixels: npt.NDArray[np.uint8],
        progress: Callable[[int], object] = lambda pictures: None,
    ) -> npt.NDArray[np.float32]:
        """Features `float32 (N, D)` of pictures `uint8 (N, S, S, C)`.

        `progress` gets the number of pictures of each part that is done.
        """
        parts = []
        for start in range(0, len(pixels), AT_ONCE):
            part = pixels[start : start + AT_ONCE]
            parts.append(self.extract(pixels_to_tensor(part)).numpy())
            progress(len(part))
        return np.concatenate(parts)


def alexnet_space(upsampling: int = 2) -> FeatureSpace:
    """Means over the picture of AlexNet's conv4 after ReLU, 256 numbers."""
    network = AlexNetFeatures(upsampling=upsampling)
    return FeatureSpace(
        "alexnet",
        f"ImageNet AlexNet, conv4 after ReLU, mean over the picture, enlarged x{upsampling}",
        lambda images: network(images).mean((2, 3)),
    )


def hog_colour_space() -> FeatureSpace:
    """Orientations of edges and statistics of colours, on grids over the picture."""
    return FeatureSpace(
        "hog-colour",
        f"{ORIENTATIONS} orientations in {CELL_PX}-pixel cells, means and deviations of colours in "
        f"{COLOUR_CELL_PX}-pixel cells, at {GRID_PX} pixels; no network",
        hog_and_colour,
    )


def inception_space(weights: Path) -> FeatureSpace:
    """Pooled features of torchvision's Inception v3, 2,048 numbers, with weights from a file.

    The published FID uses another port of Inception with weights of its own; figures in this space
    compare with each other, not with those.

    Raises:
        ConfigError: the file cannot be read or holds other weights.
    """
    from torchvision.models import inception_v3

    network = inception_v3(weights=None, init_weights=False, aux_logits=True, transform_input=False)
    try:
        if weights.suffix == ".safetensors":
            stored = load_file(weights)
        else:
            stored = torch.load(weights, weights_only=True, map_location="cpu")
        network.load_state_dict(stored)
    except (OSError, RuntimeError, SafetensorError, UnpicklingError, TypeError) as error:
        raise ConfigError(
            f"{weights} does not hold the weights of torchvision's inception_v3; give its "
            "IMAGENET1K_V1 state dict."
        ) from error
    network.fc = nn.Identity()
    network.eval().requires_grad_(False)
    mean = torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)
    std = torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)

    def extract(images: Tensor) -> Tensor:
        colours = images.expand(-1, 3, -1, -1)
        enlarged = functional.interpolate(
            colours, (INCEPTION_PX, INCEPTION_PX), mode="bilinear", antialias=True
        )
        return network(((enlarged + 1) / 2 - mean) / std)

    return FeatureSpace(
        "inception", f"torchvision's Inception v3, pooled features, {INCEPTION_PX} pixels", extract
    )


def hog_and_colour(images: Tensor) -> Tensor:
    """Features `(N, D)` of images `(N, C, S, S)` in [-1, 1].

    Each cell's histogram has length 1, or less where the picture is flat; so the histograms of one
    picture have a mean product in [0, 1], and so have the colours in [-1, 1]. Both halves are
    scaled so that x . y / D, the argument of the kernel, is the mean of these two.
    """
    if images.shape[-1] != GRID_PX:
        images = functional.interpolate(images, (GRID_PX, GRID_PX), mode="bilinear", antialias=True)
    histograms = orientation_histograms(images.mean(1, keepdim=True))
    edges = histograms.flatten(1) / histograms[0, 0].numel() ** 0.5
    means = functional.avg_pool2d(images, COLOUR_CELL_PX)
    variances = functional.avg_pool2d(images.square(), COLOUR_CELL_PX) - means.square()
    colours = torch.cat([means, variances.clamp(min=0).sqrt()], 1).flatten(1)
    colours = colours / means[0].numel() ** 0.5
    features = torch.cat([edges, colours], 1)
    return features * (features.shape[1] / 2) ** 0.5


def orientation_histograms(grey: Tensor) -> Tensor:
    """Unsigned orientations `(N, ORIENTATIONS, cells, cells)` of `(N, 1, S, S)` (Dalal 2005).

    Votes go to the two nearest orientations by the gradient's length; each cell is divided by the
    length of its histogram, of at least that of a barely visible edge.
    """
    padded = functional.pad(grey, (1, 1, 1, 1), mode="replicate")
    along_x = (padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]) / 2
    along_y = (padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]) / 2
    place = torch.atan2(along_y, along_x).remainder(torch.pi) / torch.pi * ORIENTATIONS
    bins = torch.arange(ORIENTATIONS, device=grey.device).view(1, -1, 1, 1)
    away = (place - bins).remainder(ORIENTATIONS)
    share = (1 - torch.minimum(away, ORIENTATIONS - away)).clamp(min=0)
    votes = functional.avg_pool2d(share * torch.hypot(along_x, along_y), CELL_PX)
    return votes / (votes.square().sum(1, keepdim=True) + _FLAT_ENERGY**2).sqrt()
