"""Differentiable augmentation of real and generated images alike (Zhao et al. 2020)."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class DifferentiableAugmentation(nn.Module):
    """Shift and recolour each image `(N, C, H, W)` in [-1, 1] at random, with gradients.

    `translation` is the largest shift as a share of the image's size, over a border that repeats
    the outermost pixels; `brightness` the largest offset in units of the range; `saturation` and
    `contrast` the largest relative change of the distance from grey and from the image's mean.
    """

    def __init__(
        self,
        translation: float = 0.125,
        brightness: float = 0.1,
        saturation: float = 0.5,
        contrast: float = 0.25,
    ) -> None:
        super().__init__()
        self.translation, self.brightness = translation, brightness
        self.saturation, self.contrast = saturation, contrast

    def forward(self, images: Tensor) -> Tensor:
        images = images + 2 * self.brightness * _per_image(images)
        images = scale_around(images.mean(1, keepdim=True), images, self.saturation)
        images = scale_around(images.mean((1, 2, 3), keepdim=True), images, self.contrast)
        return translate(images, round(self.translation * images.shape[-1]))


def scale_around(centre: Tensor, images: Tensor, strength: float) -> Tensor:
    """Scale the distance of `images` from `centre` by a factor within 1 +- `strength`."""
    return centre + (images - centre) * (1 + strength * _per_image(images))


def translate(images: Tensor, max_shift_px: int) -> Tensor:
    """Shift each of `(N, C, S, S)` by whole pixels up to `max_shift_px`, the border repeated."""
    if max_shift_px == 0:
        return images
    count, _, height, width = images.shape
    padded = functional.pad(images, (max_shift_px,) * 4, mode="replicate")
    shifts = torch.randint(0, 2 * max_shift_px + 1, (2, count, 1, 1), device=images.device)
    rows = shifts[0] + torch.arange(height, device=images.device).view(1, -1, 1)
    columns = shifts[1] + torch.arange(width, device=images.device).view(1, 1, -1)
    picture = torch.arange(count, device=images.device).view(-1, 1, 1)
    return padded.permute(0, 2, 3, 1)[picture, rows, columns].permute(0, 3, 1, 2)


def _per_image(images: Tensor) -> Tensor:
    return torch.rand(len(images), 1, 1, 1, device=images.device, dtype=images.dtype) * 2 - 1
