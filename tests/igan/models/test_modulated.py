import pytest
import torch
from torch import nn

from igan.models.modulated import Discriminator, Generator, ModulatedBatchNorm


@pytest.mark.parametrize(("image_size", "channels"), [(8, 3), (32, 1), (64, 3), (128, 3)])
def test_generator_and_discriminator_fit_together(image_size: int, channels: int) -> None:
    generator = Generator(image_size, channels, latent_dim=10, width=2)
    discriminator = Discriminator(image_size, channels, width=2)
    images = generator(torch.rand(3, 10))
    assert images.shape == (3, channels, image_size, image_size)
    assert images.abs().max() <= 1
    assert discriminator(images).shape == (3,)


def test_no_grid_is_wider_than_512() -> None:
    with torch.device("meta"):
        widths = [part.in_channels for part in Generator(256, width=64).doublings]
    assert widths == [512, 512, 512, 256, 128]


@pytest.mark.parametrize("image_size", [0, 4, 48, 65])
def test_other_sizes_than_powers_of_two_are_refused(image_size: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Generator(image_size)


def test_modulation_scales_and_shifts_what_is_normalised() -> None:
    layer = ModulatedBatchNorm(2).double()
    grid, style = torch.randn(5, 2, 3, 3).double(), torch.randn(5, 128).double()
    normalised = nn.functional.batch_norm(grid, None, None, training=True)
    gain = style @ layer.gain.weight.T + layer.gain.bias
    offset = style @ layer.offset.weight.T + layer.offset.bias
    expected = normalised * (1 + gain[..., None, None]) + offset[..., None, None]
    torch.testing.assert_close(layer(grid, style), expected)


def test_activations_start_neither_vanishing_nor_exploding() -> None:
    """With N(0, 0.02) and no batch normalisation, as in the paper's D, logits would be 0.000."""
    torch.manual_seed(0)
    images = Generator(64, width=16)(torch.rand(16, 100) * 2 - 1)
    logits = Discriminator(64, width=16)(torch.randn(64, 3, 64, 64))
    assert 0.2 < images.std() < 0.9
    assert 0.3 < logits.std() < 3


def test_gradients_reach_every_weight() -> None:
    torch.manual_seed(0)
    generator, discriminator = Generator(16, width=2), Discriminator(16, width=2)
    discriminator(generator(torch.rand(4, 100))).sum().backward()
    weights = [*generator.named_parameters(), *discriminator.named_parameters()]
    assert [name for name, weight in weights if not weight.grad.abs().sum() > 0] == []
