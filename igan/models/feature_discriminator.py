"""A discriminator that looks at images through the frozen, packaged AlexNet.

After Sauer et al. (2021), "Projected GANs converge faster": features of several depths are mixed
by fixed random weights, across channels and from deep to shallow, so that no part of them can be
ignored, and small spectrally normalised heads judge each place of each mix. With pretrained
features a discriminator knows shapes and textures from the start; a few thousand photos teach it
the rest. Here it stands beside the plain discriminator, as in Kumari et al. (2022), "Ensembling
off-the-shelf models for GAN training", and is not exported.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from igan.models.features import AlexNetFeatures

DEPTHS = (64, 192, 384, 256)
# Root mean squares of these features, after ReLU, of photos resized to 96 pixels.
TYPICAL_MAGNITUDES = (1.5, 2.5, 2.6, 2.0)
LEAST_SIZE_PX = 31
SLOPE = 0.2


class FeatureDiscriminator(nn.Module):
    """Images `float32 (N, 1 or 3, S, S)` in [-1, 1] to logits `float32 (N, places)`.

    `embed` is the frozen part, through which gradients reach the images; `judge` the trained one.
    Whoever needs both a detached and a differentiable judgement embeds only once.

    Args:
        seen_size_px: what images are resized to (bilinear) for AlexNet, which knows larger ones.
        width: channels of the mixed features.

    Raises:
        ValueError: nothing would be left of so small an image.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, seen_size_px: int = 96, width: int = 64) -> None:
        super().__init__()
        if seen_size_px < LEAST_SIZE_PX:
            raise ValueError(f"seen_size_px is {seen_size_px}, but AlexNet needs {LEAST_SIZE_PX}.")
        self.seen_size_px = seen_size_px
        alexnet = AlexNetFeatures("conv4")
        self.register_buffer("mean", alexnet.mean, persistent=False)
        self.register_buffer("std", alexnet.std, persistent=False)
        parts = list(alexnet.features)
        # Each stage ends after a ReLU: conv1, conv2, conv3, conv4.
        self.stages = nn.ModuleList(
            nn.Sequential(*parts[start:end]) for start, end in ((0, 2), (2, 5), (5, 8), (8, 10))
        )
        self.channel_mixes = nn.ModuleList(_fixed_mix(depth, width, 1) for depth in DEPTHS)
        self.scale_mixes = nn.ModuleList(_fixed_mix(width, width, 3) for _ in DEPTHS)
        self.heads = nn.ModuleList(_head(width) for _ in DEPTHS)

    def forward(self, images: Tensor) -> Tensor:
        return self.judge(self.embed(images))

    def embed(self, images: Tensor) -> list[Tensor]:
        """Mixed features `float32 (N, width, h, w)` of the four depths, shallow first."""
        seen = functional.interpolate(images, (self.seen_size_px,) * 2, mode="bilinear")
        grid = ((seen + 1) / 2 - self.mean) / self.std
        mixed = []
        for stage, mix, magnitude in zip(
            self.stages, self.channel_mixes, TYPICAL_MAGNITUDES, strict=True
        ):
            grid = stage(grid)
            mixed.append(mix(grid / magnitude))
        embedded: list[Tensor] = []
        deeper: Tensor | None = None
        for shallow, mix in zip(reversed(mixed), reversed(self.scale_mixes), strict=True):
            if deeper is not None:
                shallow = shallow + functional.interpolate(
                    deeper, shallow.shape[-2:], mode="bilinear"
                )
            deeper = mix(shallow)
            embedded.insert(0, deeper)
        return embedded

    def judge(self, embedded: list[Tensor]) -> Tensor:
        """Logits of every place of every depth."""
        logits = [head(grid).flatten(1) for head, grid in zip(self.heads, embedded, strict=True)]
        return torch.cat(logits, 1)


def _fixed_mix(channels_in: int, channels_out: int, kernel_size: int) -> nn.Conv2d:
    mix = nn.Conv2d(
        channels_in, channels_out, kernel_size, padding=kernel_size // 2, bias=False
    ).requires_grad_(False)
    nn.init.kaiming_normal_(mix.weight, nonlinearity="linear")
    return mix


def _head(width: int) -> nn.Sequential:
    return nn.Sequential(
        spectral_norm(nn.Conv2d(width, width, 3, stride=2, padding=1)),
        nn.LeakyReLU(SLOPE),
        spectral_norm(nn.Conv2d(width, 1, 3, padding=1)),
    )
