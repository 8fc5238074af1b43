"""A generator that its latent modulates at every scale, and the discriminator that goes with it.

Against the DCGAN of the paper: 4x4 kernels, which cover every pixel of a doubled grid equally often
where 5x5 ones leave a checkerboard, and cost two thirds; *self-modulation* (Chen et al. 2019, "On
self modulation for generative adversarial networks"): gain and offset of each batch normalisation
are functions of the latent; a discriminator of residual steps without batch normalisation; and
initial weights after He et al. (2015), with which gradients reach every layer from the first step.
`width` counts as in `dcgan`: channels at half the image's size.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from igan.models.dcgan import BASE_SIZE_PX, count_doublings

MOST_CHANNELS = 512
MODULATION_WIDTH = 128
INITIAL_MODULATION_STD = 0.02
SLOPE = 0.2


class Generator(nn.Module):
    """Latents `float32 (N, latent_dim)` to images `float32 (N, channels, S, S)` in [-1, 1].

    A linear layer to the 4x4 grid, then one transposed convolution for each doubling; modulated
    batch normalisation and ReLU between, tanh at the end. No grid has more than 512 channels.
    """

    def __init__(
        self, image_size: int = 64, channels: int = 3, latent_dim: int = 100, width: int = 64
    ) -> None:
        super().__init__()
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim
        widths = _widths(image_size, width)[::-1]
        self.modulation = nn.Sequential(nn.Linear(latent_dim, MODULATION_WIDTH), nn.ReLU())
        self.grid = nn.Sequential(
            nn.Linear(latent_dim, widths[0] * BASE_SIZE_PX**2, bias=False),
            nn.Unflatten(1, (widths[0], BASE_SIZE_PX, BASE_SIZE_PX)),
        )
        self.grid_norm = ModulatedBatchNorm(widths[0])
        self.doublings = nn.ModuleList(
            _double_the_grid(wide_in, wide_out, bias=False)
            for wide_in, wide_out in pairwise(widths)
        )
        self.norms = nn.ModuleList(ModulatedBatchNorm(wide_out) for wide_out in widths[1:])
        self.to_image = _double_the_grid(widths[-1], channels, bias=True)
        _initialise(self)

    def forward(self, latents: Tensor) -> Tensor:
        style = self.modulation(latents)
        grid = functional.relu(self.grid_norm(self.grid(latents), style))
        for double, norm in zip(self.doublings, self.norms, strict=True):
            grid = functional.relu(norm(double(grid), style))
        return torch.tanh(self.to_image(grid))


class ModulatedBatchNorm(nn.Module):
    """Batch normalisation of `(N, width, h, w)` with gains and offsets out of `(N, 128)`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(width, affine=False)
        self.gain = nn.Linear(MODULATION_WIDTH, width)
        self.offset = nn.Linear(MODULATION_WIDTH, width)

    def forward(self, grid: Tensor, style: Tensor) -> Tensor:
        gain, offset = self.gain(style)[..., None, None], self.offset(style)[..., None, None]
        return torch.addcmul(offset, self.norm(grid), 1 + gain)


class Discriminator(nn.Module):
    """Images `float32 (N, channels, S, S)` in [-1, 1] to logits `float32 (N,)`, high for real.

    One residual step for each halving down to the 4x4 grid, then a linear layer.
    """

    def __init__(self, image_size: int = 64, channels: int = 3, width: int = 32) -> None:
        super().__init__()
        widths = _widths(image_size, width)
        self.halvings = nn.Sequential(
            *(
                ResidualHalving(wide_in, wide_out)
                for wide_in, wide_out in pairwise([channels, *widths])
            )
        )
        self.head = nn.Linear(widths[-1] * BASE_SIZE_PX**2, 1)
        _initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        return self.head(self.halvings(images).flatten(1)).squeeze(1)


class ResidualHalving(nn.Module):
    """A 4x4 convolution of stride 2 beside a 2x2 mean and a 1x1 convolution; their scaled sum."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels_in, channels_out, 4, stride=2, padding=1)
        self.shortcut = nn.Conv2d(channels_in, channels_out, 1, bias=False)

    def forward(self, grid: Tensor) -> Tensor:
        shortcut = self.shortcut(functional.avg_pool2d(grid, 2))
        return (shortcut + functional.leaky_relu(self.convolution(grid), SLOPE)) * 0.5**0.5


def _widths(image_size: int, width: int) -> list[int]:
    """Channels of the grids from half the image's size down to 4x4."""
    return [min(width * 2**k, MOST_CHANNELS) for k in range(count_doublings(image_size))]


def _double_the_grid(channels_in: int, channels_out: int, bias: bool) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(channels_in, channels_out, 4, stride=2, padding=1, bias=bias)


@torch.no_grad()
def _initialise(network: nn.Module) -> None:
    """Weights that keep the variance of what passes through them, biases zero.

    Gains and offsets of modulated normalisations start close to 1 and 0.
    """
    for module in network.modules():
        if isinstance(module, nn.ConvTranspose2d):
            # Each pixel of the doubled grid is reached by a quarter of the kernel.
            fan_in = module.in_channels * module.kernel_size[0] * module.kernel_size[1] / 4
            nn.init.normal_(module.weight, 0.0, (2 / fan_in) ** 0.5)
        elif isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, SLOPE)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    for module in network.modules():
        if isinstance(module, ModulatedBatchNorm):
            nn.init.normal_(module.gain.weight, 0.0, INITIAL_MODULATION_STD)
            nn.init.normal_(module.offset.weight, 0.0, INITIAL_MODULATION_STD)
