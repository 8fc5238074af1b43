"""The projection network P of the paper (section 4.1): image to latent in one pass."""

from torch import Tensor, nn

from igan.models.dcgan import ConvolutionalEncoder, initialise_weights


class Projector(nn.Module):
    """Images `float32 (N, channels, S, S)` in [-1, 1] to latents `float32 (N, latent_dim)`.

    The discriminator's architecture, ending in the latent. `bounded` puts a tanh there, which
    keeps the answer in the support of the uniform prior on [-1, 1]; a normal prior has none.
    """

    def __init__(
        self,
        image_size: int = 64,
        channels: int = 3,
        latent_dim: int = 100,
        width: int = 128,
        bounded: bool = True,
        batch_norm: bool = True,
    ) -> None:
        super().__init__()
        self.encoder = ConvolutionalEncoder(image_size, channels, width, batch_norm)
        self.head = nn.Linear(self.encoder.out_features, latent_dim)
        self.bound = nn.Tanh() if bounded else nn.Identity()
        initialise_weights(self)

    def forward(self, images: Tensor) -> Tensor:
        return self.bound(self.head(self.encoder(images)))
