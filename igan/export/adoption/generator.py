"""A foreign generator behind the interface of ours."""

from collections.abc import Mapping

from torch import Tensor, nn

from igan.export.adoption.interface import ImageOutput, LatentInput
from igan.export.adoption.value_range import Interval
from serve.bundle.interpreter import InterpretedNetwork


class AdoptedGenerator(nn.Module):
    """Latents `float32 (N, latent.dim)` to images `float32 (N, C, S, S)` in [-1, 1].

    Around the interpreted graph it gives latents their shape, the fixed inputs their values, puts
    channels first, and maps `value_range` to [-1, 1].
    """

    def __init__(
        self,
        network: InterpretedNetwork,
        latent: LatentInput,
        output: ImageOutput,
        value_range: Interval,
        fixed: Mapping[str, Tensor],
    ) -> None:
        super().__init__()
        self.network, self.latent, self.output = network, latent, output
        self.image_size, self.channels, self.latent_dim = output.size, output.channels, latent.dim
        self.value_range = value_range
        for name, value in fixed.items():
            self.register_buffer(_buffer(name), value)

    def forward(self, latents: Tensor) -> Tensor:
        images = self.raw_images(latents)
        if self.output.channels_last:
            images = images.permute(0, 3, 1, 2)
        low, high = self.value_range
        scale, offset = 2 / (high - low), -(high + low) / (high - low)
        if scale != 1:
            images = images * scale
        return images if offset == 0 else images + offset

    def raw_images(self, latents: Tensor) -> Tensor:
        """What the graph itself gives, in its own layout and value range."""
        batch = latents.shape[0]
        inputs = []
        for name in self.network.program.inputs:
            if name == self.latent.name:
                inputs.append(latents.reshape(batch, *self.latent.sample_shape))
                continue
            value = self.get_buffer(_buffer(name))
            inputs.append(value.expand(batch, *value.shape[1:]) if value.ndim else value)
        return self.network(*inputs)


def _buffer(name: str) -> str:
    return "fixed_" + "".join(letter if letter.isalnum() else "_" for letter in name)
