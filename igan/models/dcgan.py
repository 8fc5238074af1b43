"""The DCGAN of the paper (section 3.1, after Radford et al. 2016): generator and discriminator.

Both are chains of 5x5 convolutions of stride 2 between a 4x4 grid and the image. `width` is the
number of channels next to the image and doubles with every halving of the grid, so that 64 pixels
at width 128 and 128 pixels at width 64 both have 1024 channels at 4x4, as in the paper. A layer
that batch normalisation follows has no bias.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

BASE_SIZE_PX = 4
INITIAL_WEIGHT_STD = 0.02


class Generator(nn.Module):
    """Latents `float32 (N, latent_dim)` to images `float32 (N, channels, S, S)` in [-1, 1].

    A linear layer to the 4x4 grid, then one transposed convolution for each doubling; batch
    normalisation and ReLU between, tanh at the end. The first batch normalisation has statistics
    for each unit of the grid, as in the released code.
    """

    def __init__(
        self, image_size: int = 64, channels: int = 3, latent_dim: int = 100, width: int = 128
    ) -> None:
        super().__init__()
        doublings = count_doublings(image_size)
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim
        widths = [width * 2**k for k in reversed(range(doublings))]
        units = widths[0] * BASE_SIZE_PX**2
        self.grid = nn.Sequential(
            nn.Linear(latent_dim, units, bias=False),
            nn.BatchNorm1d(units),
            nn.ReLU(),
            nn.Unflatten(1, (widths[0], BASE_SIZE_PX, BASE_SIZE_PX)),
        )
        self.upsampling = nn.Sequential()
        for narrow_in, narrow_out in pairwise(widths):
            self.upsampling.append(_double_the_grid(narrow_in, narrow_out, bias=False))
            self.upsampling.append(nn.BatchNorm2d(narrow_out))
            self.upsampling.append(nn.ReLU())
        self.upsampling.append(_double_the_grid(widths[-1], channels, bias=True))
        self.upsampling.append(nn.Tanh())
        initialise_weights(self)

    def forward(self, latents: Tensor) -> Tensor:
        return self.upsampling(self.grid(latents))


class Discriminator(nn.Module):
    """Images `float32 (N, channels, S, S)` in [-1, 1] to logits `float32 (N,)`, high for real.

    `batch_norm` is the paper's; without it the gradient penalty of each image is its own.
    """

    def __init__(
        self, image_size: int = 64, channels: int = 3, width: int = 128, batch_norm: bool = True
    ) -> None:
        super().__init__()
        self.encoder = ConvolutionalEncoder(image_size, channels, width, batch_norm)
        self.head = nn.Linear(self.encoder.out_features, 1)
        initialise_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.encoder(images)).squeeze(1)


class ConvolutionalEncoder(nn.Sequential):
    """Images `(N, channels, S, S)` to flat features `(N, out_features)` of the 4x4 grid.

    The generator mirrored: a strided convolution for each halving, leaky ReLU of slope 0.2, batch
    normalisation everywhere but on the first layer.
    """

    def __init__(self, image_size: int, channels: int, width: int, batch_norm: bool) -> None:
        super().__init__()
        widths = [width * 2**k for k in range(count_doublings(image_size))]
        for depth, (wide_in, wide_out) in enumerate(pairwise([channels, *widths])):
            normalised = batch_norm and depth > 0
            self.append(nn.Conv2d(wide_in, wide_out, 5, stride=2, padding=2, bias=not normalised))
            if normalised:
                self.append(nn.BatchNorm2d(wide_out))
            self.append(nn.LeakyReLU(0.2))
        self.append(nn.Flatten())
        self.out_features = widths[-1] * BASE_SIZE_PX**2


def count_doublings(image_size: int) -> int:
    """How often the 4x4 grid doubles to reach `image_size` pixels, a power of two from 8 up.

    Raises:
        ValueError: for any other size.
    """
    if image_size < 2 * BASE_SIZE_PX or image_size.bit_count() != 1:
        raise ValueError(f"image_size is {image_size}, but must be a power of two from 8 up.")
    return (image_size // BASE_SIZE_PX).bit_length() - 1


@torch.no_grad()
def initialise_weights(network: nn.Module) -> None:
    """Weights from N(0, 0.02), gains of batch normalisation from N(1, 0.02), biases zero."""
    for module in network.modules():
        if isinstance(module, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, INITIAL_WEIGHT_STD)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, INITIAL_WEIGHT_STD)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def _double_the_grid(channels_in: int, channels_out: int, bias: bool) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(
        channels_in, channels_out, 5, stride=2, padding=2, output_padding=1, bias=bias
    )
