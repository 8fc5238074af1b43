"""Networks of many kinds, small, on images `(N, 3, 8, 8)`: what people are likely to export."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations


class Computed(nn.Module):
    """A function of an image and of some layers."""

    def __init__(self, function: Callable[..., Tensor], *layers: nn.Module) -> None:
        super().__init__()
        self.function, self.layers = function, nn.ModuleList(layers)

    def forward(self, images: Tensor) -> Tensor:
        return self.function(images, *self.layers)


def attend(images: Tensor, query: nn.Module, key: nn.Module, value: nn.Module) -> Tensor:
    weights = torch.softmax(query(images).flatten(2).mT @ key(images).flatten(2), -1)
    return (value(images).flatten(2) @ weights.mT).view_as(images)


def attend_with_heads(images: Tensor, attention: nn.Module) -> Tensor:
    tokens = images.flatten(2).mT
    return attention(tokens, tokens, tokens)[0].mT.reshape(images.shape)


def modulated_kernels(images: Tensor, style: nn.Module, layer: nn.Conv2d) -> Tensor:
    """A kernel for each image, as in Karras et al. 2020, section 2.2."""
    factors = style(images.mean((2, 3)))[:, None, :, None, None]
    kernels = layer.weight[None] * factors
    kernels = kernels * torch.rsqrt(kernels.square().sum((2, 3, 4), keepdim=True) + 1e-8)
    count = images.shape[0]
    stacked = functional.conv2d(
        images.reshape(1, -1, 8, 8), kernels.reshape(-1, 3, 3, 3), padding=1, groups=count
    )
    return stacked.reshape(count, -1, 8, 8)


def modulated_upsampling(images: Tensor, style: nn.Module, layer: nn.ConvTranspose2d) -> Tensor:
    kernels = layer.weight[None] * style(images.mean((2, 3)))[:, :, None, None, None]
    count = images.shape[0]
    stacked = functional.conv_transpose2d(
        images.reshape(1, -1, 8, 8), kernels.reshape(-1, 4, 3, 3), stride=2, groups=count
    )
    return stacked.reshape(count, 4, 17, 17)


def minibatch_deviation(images: Tensor) -> Tensor:
    """A channel that says how much the images of the batch differ (Karras et al. 2018)."""
    deviation = (images.var(0, unbiased=False) + 1e-8).sqrt().mean()
    return torch.cat([images, deviation.expand(images.shape[0], 1, 8, 8)], 1)


def upsample_and_filter(images: Tensor) -> Tensor:
    """Zeros between the pixels, then a blur of each channel, as StyleGAN2 enlarges."""
    count, channels, height, width = images.shape
    apart = functional.pad(images.reshape(count, channels, height, 1, width, 1), [0, 1, 0, 0, 0, 1])
    apart = functional.pad(apart.reshape(count, channels, 2 * height, 2 * width), [2, 1, 2, 1])
    return functional.conv2d(apart, _blur(channels), groups=channels)


def filter_and_downsample(images: Tensor) -> Tensor:
    blurred = functional.conv2d(functional.pad(images, [1, 1, 1, 1]), _blur(3), groups=3)
    return blurred[:, :, ::2, 1::2]


def _blur(channels: int) -> Tensor:
    taps = torch.tensor([1.0, 3.0, 3.0, 1.0])
    return (taps[:, None] * taps / 64).expand(channels, 1, 4, 4)


def conv(channels_in: int, channels_out: int, size: int = 3, **options: object) -> nn.Conv2d:
    return nn.Conv2d(channels_in, channels_out, size, padding=size // 2, **options)


def transformer(**options: object) -> nn.Module:
    return nn.TransformerEncoderLayer(64, 4, 32, batch_first=True, **options)


def families() -> dict[str, nn.Module]:
    """The networks by name, with the same random weights every time."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return _families()


def _families() -> dict[str, nn.Module]:
    return {
        "residual block": Computed(lambda x, a, b: x + b(torch.relu(a(x))), conv(3, 4), conv(4, 3)),
        "upsampling convolutions": nn.Sequential(
            nn.Upsample(scale_factor=2),
            conv(3, 4),
            nn.BatchNorm2d(4),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Upsample(scale_factor=2, mode="bilinear"),
            conv(4, 3),
            nn.Tanh(),
        ),
        "transposed convolutions": nn.Sequential(
            nn.ConvTranspose2d(3, 6, 4, 2, 1, groups=3),
            nn.ELU(),
            nn.ConvTranspose2d(6, 3, 3, stride=2, dilation=2, padding=1),
        ),
        "instance norm": nn.Sequential(conv(3, 4), nn.InstanceNorm2d(4, affine=True), nn.SiLU()),
        "group norm": nn.Sequential(conv(3, 4), nn.GroupNorm(2, 4), nn.Mish(), conv(4, 4)),
        "layer norm": nn.Sequential(
            nn.Flatten(), nn.Linear(192, 8), nn.LayerNorm(8), nn.GELU(), nn.Linear(8, 3)
        ),
        "RMS norm": nn.Sequential(nn.RMSNorm(8), conv(3, 4), nn.GELU("tanh")),
        "pixel norm": Computed(lambda x: x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)),
        "reflected borders": nn.Sequential(nn.ReflectionPad2d((1, 2, 2, 1)), nn.Conv2d(3, 4, 3)),
        "replicated borders": nn.Sequential(nn.ReplicationPad2d((1, 0, 3, 1)), nn.Conv2d(3, 4, 3)),
        "circular borders": nn.Conv2d(3, 4, 3, padding=1, padding_mode="circular"),
        "constant borders": nn.Sequential(
            nn.ZeroPad2d((1, 2, 0, 1)), nn.ConstantPad2d((-1, 1, 0, -2), 0.5), conv(3, 4)
        ),
        "overlapping average pooling": nn.Sequential(
            conv(3, 4), nn.AvgPool2d(3, 2, 1, count_include_pad=False), nn.AvgPool2d(3, 2)
        ),
        "average pooling with a divisor": nn.AvgPool2d(3, 2, 1, divisor_override=5),
        "adaptive pooling": nn.Sequential(nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(27, 2)),
        "overlapping max-pooling": nn.Sequential(
            conv(3, 4), nn.MaxPool2d(3, 2, 1, ceil_mode=True), conv(4, 2)
        ),
        "global pooling": Computed(
            lambda x: torch.cat([x.mean((2, 3)), x.amax((2, 3)), x.flatten(2).max(2).values], 1)
        ),
        "softplus and friends": nn.Sequential(
            conv(3, 4), nn.Softplus(2.0), nn.LogSigmoid(), nn.CELU(0.7), nn.SELU(), nn.PReLU(4)
        ),
        "clipped activations": nn.Sequential(
            conv(3, 4), nn.Hardswish(), nn.Softshrink(0.1), nn.ReLU6(), nn.RReLU(), nn.Hardtanh()
        ),
        "gated linear unit": nn.Sequential(conv(3, 4), nn.GLU(1), nn.Softsign()),
        "periodic activation": Computed(lambda x: torch.sin(3 * x) + torch.atan(x).cos()),
        "nearest by a fraction": nn.Sequential(nn.Upsample(scale_factor=1.5), conv(3, 2)),
        "nearest exact": nn.Upsample(size=(11, 5), mode="nearest-exact"),
        "bilinear by a fraction": nn.Sequential(
            nn.Upsample(scale_factor=1.5, mode="bilinear"),
            nn.Upsample(size=(7, 13), mode="bilinear", align_corners=True),
        ),
        "bicubic": nn.Upsample(scale_factor=2, mode="bicubic"),
        "antialiased": Computed(
            lambda x: functional.interpolate(x, size=(3, 5), mode="bilinear", antialias=True)
        ),
        "pixel shuffle": nn.Sequential(conv(3, 8), nn.PixelShuffle(2), nn.PixelUnshuffle(4)),
        "style modulation": Computed(
            lambda x, content, style: content(x) * style(x.mean((2, 3)))[:, :, None, None],
            nn.Conv2d(3, 4, 3),
            nn.Linear(3, 4),
        ),
        "modulated kernels": Computed(modulated_kernels, nn.Linear(3, 3), conv(3, 4)),
        "modulated upsampling": Computed(
            modulated_upsampling, nn.Linear(3, 3), nn.ConvTranspose2d(3, 4, 3)
        ),
        "attention": Computed(attend, *(nn.Conv2d(3, 3, 1) for _ in range(3))),
        "attention with heads": Computed(
            attend_with_heads, nn.MultiheadAttention(3, 3, batch_first=True)
        ),
        "transformer": nn.Sequential(nn.Flatten(2), transformer(), transformer(norm_first=True)),
        "minibatch deviation": Computed(lambda x, c: c(minibatch_deviation(x)), conv(4, 2)),
        "spectral norm": nn.Sequential(
            parametrizations.spectral_norm(conv(3, 4)), nn.utils.spectral_norm(conv(4, 2))
        ),
        "weight norm": parametrizations.weight_norm(conv(3, 4)),
        "blur and enlarge": Computed(upsample_and_filter),
        "blur and shrink": Computed(filter_and_downsample),
        "depthwise": nn.Sequential(conv(3, 6, groups=3), nn.Conv2d(6, 4, 1), nn.ReLU()),
        "parts": Computed(
            lambda x: torch.cat([x[:, :, 1:-2, ::3] * 2, x.roll(1, 3)[:, [2, 0, 1], 3:, -3:]], 1)
        ),
        "copies": Computed(
            lambda x: torch.stack([x.repeat(1, 2, 1, 1), x.flip(3).repeat_interleave(2, 1)], 1)
        ),
        "one-dimensional": nn.Sequential(
            nn.Flatten(2), nn.Conv1d(3, 4, 3), nn.ConvTranspose1d(4, 2, 3, stride=2)
        ),
        "three-dimensional": nn.Sequential(nn.Unflatten(1, (1, 3)), nn.Conv3d(1, 2, 3, padding=1)),
        "added noise": Computed(lambda x: x + torch.linspace(-1, 1, 8) / 10),
        "nothing": nn.Dropout(),
    }


# Enough to see most of the rules at work; the others are tested when time allows.
QUICK = (
    "residual block",
    "upsampling convolutions",
    "group norm",
    "constant borders",
    "overlapping average pooling",
    "global pooling",
    "modulated kernels",
    "attention with heads",
    "minibatch deviation",
    "spectral norm",
    "parts",
)
