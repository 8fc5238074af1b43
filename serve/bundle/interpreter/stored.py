"""A network of a bundle as a module that a run folder can hold: graph and weights apart."""

import base64
from collections.abc import Mapping

from torch import Tensor

from serve.bundle.interpreter.network import InterpretedNetwork
from serve.bundle.interpreter.reading import read_model


class StoredGenerator(InterpretedNetwork):
    """The generator of a bundle: latents `float32 (N, latent_dim)` to images `(N, C, S, S)`.

    Its weights come with its state; until that is loaded they are those of `weights`, or zeros.

    Args:
        graph: the ONNX file without its weights, in base64.
        weights_bytes: the sizes of the files that the weights lie in, by name.
        image_size, channels, latent_dim: of what it makes and takes.
        weights: those files themselves.
    """

    def __init__(
        self,
        graph: str,
        weights_bytes: Mapping[str, int],
        image_size: int,
        channels: int,
        latent_dim: int,
        weights: Mapping[str, memoryview] | None = None,
    ) -> None:
        if weights is None:
            weights = {name: memoryview(bytes(size)) for name, size in weights_bytes.items()}
        super().__init__(read_model(base64.b64decode(graph), weights))
        self.image_size, self.channels, self.latent_dim = image_size, channels, latent_dim

    def forward(self, latents: Tensor) -> Tensor:  # type: ignore[override]
        """One input, by which tracers know that its first axis is the batch."""
        return super().forward(latents)
