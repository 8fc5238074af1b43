"""Generators as other people write and export them: small, with random weights."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

LATENT_DIM = 12


class Reshaped(nn.Module):
    """Flat values as `(N, *shape)`, in a way that every exporter knows."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, flat: Tensor) -> Tensor:
        return flat.reshape(-1, *self.shape)


def linear() -> nn.Module:
    """A perceptron for one-channel images, values in [0, 1]."""
    return nn.Sequential(
        nn.Linear(LATENT_DIM, 32),
        nn.LeakyReLU(0.2),
        nn.Linear(32, 64),
        nn.Softplus(),
        nn.Linear(64, 144),
        nn.Sigmoid(),
        Reshaped(1, 12, 12),
    )


def transposed() -> nn.Module:
    """DCGAN as in PyTorch's examples: a latent of shape (N, d, 1, 1)."""
    return nn.Sequential(
        nn.ConvTranspose2d(LATENT_DIM, 16, 4, 1, 0, bias=False),
        nn.BatchNorm2d(16),
        nn.ReLU(True),
        nn.ConvTranspose2d(16, 8, 4, 2, 1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(True),
        nn.ConvTranspose2d(8, 3, 3, 2, 1, output_padding=1),
        nn.Tanh(),
    )


def upsampled() -> nn.Module:
    """Nearest neighbours and convolutions."""
    return nn.Sequential(
        _grid(8),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.LeakyReLU(0.1),
        nn.Upsample(scale_factor=2),
        nn.Conv2d(8, 3, 3, padding=1),
        nn.Tanh(),
    )


def mirrored() -> nn.Module:
    """Reflection padding, instance normalisation, bilinear upsampling."""
    return nn.Sequential(
        _grid(8),
        nn.ReflectionPad2d(2),
        nn.Conv2d(8, 8, 5),
        nn.InstanceNorm2d(8, affine=True),
        nn.ReLU(),
        nn.Upsample(scale_factor=2, mode="bilinear"),
        nn.ReplicationPad2d(1),
        nn.Conv2d(8, 6, 3),
        nn.InstanceNorm2d(6),
        nn.PReLU(6),
        nn.Upsample(scale_factor=1.5, mode="bilinear", align_corners=True),
        nn.Conv2d(6, 3, 1),
        nn.Tanh(),
    )


def residual() -> nn.Module:
    """Residual blocks with group normalisation and SiLU."""

    class Block(nn.Module):
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.GroupNorm(2, channels),
                nn.SiLU(),
                nn.Conv2d(channels, channels, 3, padding=1),
                nn.GroupNorm(4, channels),
                nn.Mish(),
                nn.Conv2d(channels, channels, 3, padding=1),
            )
            self.skip = nn.Conv2d(channels, channels, 1)

        def forward(self, x: Tensor) -> Tensor:
            return (self.skip(x) + self.body(x)) / math.sqrt(2)

    return nn.Sequential(
        _grid(8),
        Block(8),
        nn.Upsample(scale_factor=2),
        Block(8),
        nn.Conv2d(8, 3, 3, padding=1),
        nn.Hardtanh(),
    )


def shuffled() -> nn.Module:
    """Pixel shuffle, ELU and weight normalisation."""
    return nn.Sequential(
        _grid(8),
        nn.utils.parametrizations.weight_norm(nn.Conv2d(8, 16, 3, padding=1)),
        nn.PixelShuffle(2),
        nn.ELU(),
        nn.Conv2d(4, 12, 3, padding=1),
        nn.PixelShuffle(2),
        nn.Tanh(),
    )


class Attentive(nn.Module):
    """Self-attention over positions, as in SAGAN."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = _grid(8)
        self.query, self.key, self.value = (nn.Conv2d(8, n, 1) for n in (4, 4, 8))
        self.strength = nn.Parameter(torch.tensor(0.7))
        self.out = nn.ConvTranspose2d(8, 3, 4, 2, 1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.grid(z)
        query = self.query(x).flatten(2).transpose(1, 2)
        attention = torch.softmax(query @ self.key(x).flatten(2), -1)
        mixed = (self.value(x).flatten(2) @ attention.transpose(1, 2)).reshape(x.shape)
        return torch.tanh(self.out(x + self.strength * mixed))


class Transformer(nn.Module):
    """Tokens, layer normalisation, attention with heads, GELU; patches make the image."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens = nn.Linear(LATENT_DIM, 16 * 8)
        self.position = nn.Parameter(torch.randn(1, 16, 8))
        self.norm_1, self.norm_2 = nn.LayerNorm(8), nn.LayerNorm(8)
        self.project, self.mix = nn.Linear(8, 24), nn.Linear(8, 8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))
        self.patch = nn.Linear(8, 3 * 4 * 4)

    def forward(self, z: Tensor) -> Tensor:
        x = self.tokens(z).reshape(-1, 16, 8) + self.position
        heads = self.project(self.norm_1(x)).reshape(-1, 16, 3, 2, 4).permute(2, 0, 3, 1, 4)
        query, key, value = heads.unbind(0)
        mixed = torch.softmax(query @ key.transpose(-1, -2) / 2, -1) @ value
        x = x + self.mix(mixed.transpose(1, 2).reshape(-1, 16, 8))
        x = x + self.mlp(self.norm_2(x))
        patches = self.patch(x).reshape(-1, 4, 4, 3, 4, 4)
        return torch.tanh(torch.einsum("nhwcpq->nchpwq", patches).reshape(-1, 3, 16, 16))


class Styled(nn.Module):
    """A mapping network, pixel normalisation, modulated convolutions on a learned constant."""

    def __init__(self, fused: bool = False) -> None:
        super().__init__()
        self.fused = fused
        self.mapping = nn.Sequential(
            nn.Linear(LATENT_DIM, 16), nn.LeakyReLU(0.2), nn.Linear(16, 16), nn.LeakyReLU(0.2)
        )
        self.constant = nn.Parameter(torch.randn(1, 8, 4, 4))
        self.styles = nn.ModuleList(nn.Linear(16, 8) for _ in range(3))
        self.weights = nn.ParameterList(torch.randn(8, 8, 3, 3) / 8 for _ in range(2))
        self.to_rgb = nn.Parameter(torch.randn(3, 8, 1, 1) / 3)
        self.noise = nn.Parameter(torch.randn(1, 1, 4, 4) * 0.1)
        self.register_buffer("blur", torch.tensor([1.0, 3.0, 3.0, 1.0]) / 8)

    def forward(self, z: Tensor) -> Tensor:
        z = z * torch.rsqrt(z.square().mean(1, keepdim=True) + 1e-8)
        w = self.mapping(z)
        x = self.constant.expand(z.shape[0], -1, -1, -1)
        x = functional.leaky_relu(self.modulated(x, self.weights[0], w, 0) + self.noise, 0.2)
        x = functional.interpolate(x, scale_factor=2, mode="bilinear")
        x = functional.leaky_relu(self.modulated(x, self.weights[1], w, 1), 0.2)
        kernel = (self.blur[:, None] * self.blur).expand(8, 1, 4, 4)
        x = functional.conv2d(functional.pad(x, (2, 1, 2, 1)), kernel, groups=8)
        return self.modulated(x, self.to_rgb, w, 2, demodulate=False)

    def modulated(
        self, x: Tensor, weight: Tensor, w: Tensor, place: int, demodulate: bool = True
    ) -> Tensor:
        style = self.styles[place](w) + 1
        pad = weight.shape[-1] // 2
        if self.fused:
            scaled = weight[None] * style[:, None, :, None, None]
            if demodulate:
                norm = torch.rsqrt(scaled.square().sum((2, 3, 4), keepdim=True) + 1e-8)
                scaled = scaled * norm
            batch = x.shape[0]
            joined = x.reshape(1, -1, *x.shape[2:])
            kernels = scaled.reshape(-1, *weight.shape[1:])
            result = functional.conv2d(joined, kernels, padding=pad, groups=batch)
            return result.reshape(batch, -1, *result.shape[2:])
        result = functional.conv2d(x * style[:, :, None, None], weight, padding=pad)
        if not demodulate:
            return result
        energy = (weight.square().sum((2, 3)) @ style.square().t()).t()
        return result * torch.rsqrt(energy + 1e-8)[:, :, None, None]


class Adaptive(nn.Module):
    """Statistics of each channel replaced (AdaIN), squeeze and excitation, bicubic upsampling."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = _grid(8)
        self.affine = nn.Linear(LATENT_DIM, 16)
        self.squeeze = nn.Sequential(nn.Linear(8, 4), nn.Hardswish(), nn.Linear(4, 8))
        self.out = nn.Conv2d(8, 3, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        x = self.grid(z)
        scale, shift = self.affine(z)[:, :, None, None].chunk(2, 1)
        mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), keepdim=True)
        x = (x - mean) / torch.sqrt(variance + 1e-5) * (1 + scale) + shift
        gate = functional.hardsigmoid(self.squeeze(functional.adaptive_avg_pool2d(x, 1).flatten(1)))
        x = functional.interpolate(x * gate[:, :, None, None], scale_factor=2, mode="bicubic")
        x = torch.cat([x, functional.avg_pool2d(x, 3, 1, 1)], 1)
        first, second = x.split(8, 1)
        return self.out(first * second.sigmoid()).clamp(-1, 1)


def pooled() -> nn.Module:
    """Max-pooling, SELU, CELU, softsign, strided slices and dilated convolutions."""

    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.grid = _grid(8)
            self.dilated = nn.Conv2d(8, 8, 3, padding=2, dilation=2, padding_mode="circular")
            self.out = nn.Conv2d(8, 3, 1)

        def forward(self, z: Tensor) -> Tensor:
            x = functional.interpolate(self.grid(z), size=(16, 16), mode="nearest")
            x = functional.selu(self.dilated(x))
            x = functional.max_pool2d(x, 3, 1, 1) - functional.celu(x[:, :, 0:1, ::2].mean(3, True))
            x = torch.where(x > 0, x, x * 0.3).roll(1, 2)
            return functional.softsign(self.out(x))

    return Pooled()


GENERATORS: dict[str, Callable[[], nn.Module]] = {
    "linear": linear,
    "transposed": transposed,
    "upsampled": upsampled,
    "mirrored": mirrored,
    "residual": residual,
    "shuffled": shuffled,
    "attentive": Attentive,
    "transformer": Transformer,
    "styled": Styled,
    "adaptive": Adaptive,
    "pooled": pooled,
}


def make(name: str) -> nn.Module:
    """The generator of this name; the same weights every time."""
    return seeded(GENERATORS[name])


def seeded(build: Callable[[], nn.Module]) -> nn.Module:
    """A network with lively random weights and statistics, in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = build()
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.5, 1.5)
                nn.init.normal_(module.bias, 0.0, 0.2)
                module.running_mean.normal_(0.0, 0.2)
                module.running_var.uniform_(0.5, 1.5)
    return network.eval().requires_grad_(False)


def sample_shape(name: str) -> tuple[int, ...]:
    """Shape of one latent, as the generator takes it."""
    return (LATENT_DIM, 1, 1) if name == "transposed" else (LATENT_DIM,)


def export_dynamo(network: nn.Module, shape: tuple[int, ...], path: Path, opset: int) -> Path:
    """With Torch's exporter of today, the batch free."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.randn(3, *shape),),
            path,
            input_names=["z"],
            output_names=["images"],
            dynamo=True,
            dynamic_shapes=({0: torch.export.Dim("batch", min=1)},),
            opset_version=opset,
            verbose=False,
            external_data=False,
        )
    return path


def export_legacy(
    network: nn.Module, shape: tuple[int, ...], path: Path, opset: int, batch: int | None = None
) -> Path:
    """With Torch's exporter of old, by TorchScript; the batch free, or fixed at `batch`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.randn(batch or 3, *shape),),
            path,
            input_names=["z"],
            output_names=["images"],
            dynamo=False,
            dynamic_axes=None if batch else {"z": {0: "batch"}},
            opset_version=opset,
        )
    return path


def _grid(channels: int) -> nn.Module:
    return nn.Sequential(nn.Linear(LATENT_DIM, channels * 16), Reshaped(channels, 4, 4))
