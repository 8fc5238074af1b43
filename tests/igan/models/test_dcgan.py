import pytest
import torch
from torch import nn

from igan.models.dcgan import ConvolutionalEncoder, Discriminator, Generator


@pytest.mark.parametrize(("image_size", "channels"), [(8, 3), (32, 1), (64, 3), (128, 3)])
def test_generator_and_discriminator_fit_together(image_size: int, channels: int) -> None:
    generator = Generator(image_size, channels, latent_dim=10, width=2)
    discriminator = Discriminator(image_size, channels, width=2)
    images = generator(torch.rand(3, 10))
    assert images.shape == (3, channels, image_size, image_size)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (3,)


@pytest.mark.parametrize(
    ("image_size", "width", "widths"),
    [(64, 128, [1024, 512, 256, 128]), (128, 64, [1024, 512, 256, 128, 64])],
)
def test_the_papers_widths(image_size: int, width: int, widths: list[int]) -> None:
    with torch.device("meta"):
        generator = Generator(image_size, width=width)
        encoder = ConvolutionalEncoder(image_size, 3, width, batch_norm=True)
    deconvolutions = [part for part in generator.upsampling if isinstance(part, nn.ConvTranspose2d)]
    convolutions = [part for part in encoder if isinstance(part, nn.Conv2d)]
    assert generator.grid[0].out_features == widths[0] * 4 * 4
    assert [part.in_channels for part in deconvolutions] == widths
    assert [part.out_channels for part in convolutions] == widths[::-1]
    assert {part.kernel_size for part in deconvolutions + convolutions} == {(5, 5)}


def test_only_layers_without_batch_normalisation_have_a_bias() -> None:
    biased = [
        part.bias is not None
        for network in (Generator(32, width=2), Discriminator(32, width=2))
        for part in network.modules()
        if isinstance(part, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
    ]
    assert biased == [False, False, False, True, True, False, False, True]


def test_initial_weights_are_drawn_from_the_papers_distribution() -> None:
    torch.manual_seed(0)
    weight = Discriminator(64, width=16, batch_norm=False).encoder[4].weight.detach()
    assert weight.mean().abs() < 1e-3
    assert weight.std().item() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("image_size", [0, 4, 48, 65])
def test_other_sizes_than_powers_of_two_are_refused(image_size: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Generator(image_size)
