import pytest
import torch

from igan.training.augmentation import DifferentiableAugmentation, scale_around, translate


def test_no_strength_is_the_identity() -> None:
    images = torch.rand(4, 3, 16, 16) * 2 - 1
    augmentation = DifferentiableAugmentation(0, 0, 0, 0)
    torch.testing.assert_close(augmentation(images), images)


def test_each_image_is_shifted_as_a_whole_over_its_repeated_border() -> None:
    torch.manual_seed(0)
    rows, columns = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    shifted = translate(torch.stack([rows, columns]).expand(64, 2, 16, 16), max_shift_px=3)
    offsets = shifted[:, :, 8, 8] - 8
    assert offsets.abs().max() == 3
    assert len(offsets.unique(dim=0)) > 20
    expected_rows = (rows + offsets[:, 0, None, None]).clamp(0, 15)
    expected_columns = (columns + offsets[:, 1, None, None]).clamp(0, 15)
    torch.testing.assert_close(shifted, torch.stack([expected_rows, expected_columns], 1))


def test_scaling_keeps_the_centre_and_the_strength() -> None:
    torch.manual_seed(0)
    images, centre = torch.rand(50, 1, 2, 2) + 1, torch.full((50, 1, 1, 1), 0.5)
    factors = (scale_around(centre, images, 0.25) - centre) / (images - centre)
    torch.testing.assert_close(factors, factors[:, :, :1, :1].expand_as(factors))
    assert 0.75 <= factors.min() < 0.8
    assert 1.2 < factors.max() <= 1.25


def test_gradients_reach_every_pixel_that_stays_in_view() -> None:
    torch.manual_seed(0)
    images = torch.rand(8, 3, 16, 16, requires_grad=True)
    DifferentiableAugmentation()(images).sum().backward()
    assert (images.grad[:, :, 4:12, 4:12] != 0).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_shape_and_channels_stay(channels: int) -> None:
    assert DifferentiableAugmentation()(torch.zeros(2, channels, 8, 8)).shape == (2, channels, 8, 8)
