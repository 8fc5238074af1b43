"""Perturbing generated images, so that a network that learns from them also reads photos."""

import torch
from torch import Tensor, nn

from igan.training.augmentation import scale_around


class ImagePerturbation(nn.Module):
    """Recolour each image `(N, C, H, W)` in [-1, 1] at random, add noise, clip to the range.

    Photos differ from generated images in contrast, white balance, noise and grain that no latent
    explains; P learns to look past them when the latent it must find stays the same.

    Args:
        contrast: largest relative change of the distance from the image's mean.
        cast: largest offset of each channel, in units of the value range [-1, 1].
        noise: largest standard deviation of the noise in each pixel, in the same units.
    """

    def __init__(self, contrast: float = 0.1, cast: float = 0.05, noise: float = 0.05) -> None:
        super().__init__()
        self.contrast, self.cast, self.noise = contrast, cast, noise

    def forward(self, images: Tensor) -> Tensor:
        count, channels = images.shape[:2]
        images = scale_around(images.mean((1, 2, 3), keepdim=True), images, self.contrast)
        casts = torch.rand(count, channels, 1, 1, device=images.device) * 2 - 1
        deviations = self.noise * torch.rand(count, 1, 1, 1, device=images.device)
        images = images + self.cast * casts + deviations * torch.randn_like(images)
        return images.clamp(-1, 1)
