import torch

from igan.training.perturbation import ImagePerturbation


def test_strengths_of_zero_change_nothing() -> None:
    images = torch.rand(3, 3, 8, 8) * 2 - 1
    unchanged = ImagePerturbation(contrast=0, cast=0, noise=0)(images)
    torch.testing.assert_close(unchanged, images)


def test_it_stays_in_the_value_range() -> None:
    torch.manual_seed(0)
    perturbed = ImagePerturbation(contrast=0.9, cast=0.9, noise=0.9)(torch.rand(9, 1, 8, 8) * 2 - 1)
    assert perturbed.shape == (9, 1, 8, 8)
    assert perturbed.abs().max() == 1


def test_a_cast_is_one_offset_a_channel_within_its_strength() -> None:
    torch.manual_seed(0)
    offsets = ImagePerturbation(contrast=0, cast=0.1, noise=0)(torch.zeros(200, 3, 4, 4))
    torch.testing.assert_close(offsets, offsets[:, :, :1, :1].expand_as(offsets))
    assert 0.09 < offsets.abs().max() <= 0.1
    assert offsets[:, 0, 0, 0].unique().numel() > 190
    assert (offsets[:, 0] - offsets[:, 1]).abs().max() > 0.1


def test_noise_has_another_strength_in_each_image() -> None:
    torch.manual_seed(0)
    noise = ImagePerturbation(contrast=0, cast=0, noise=0.1)(torch.zeros(200, 3, 32, 32))
    deviations = noise.flatten(1).std(1)
    assert deviations.max() < 0.105
    assert abs(deviations.mean().item() - 0.05) < 0.01
    assert deviations.min() < 0.01


def test_contrast_keeps_the_mean_of_an_image() -> None:
    torch.manual_seed(0)
    images = torch.rand(50, 3, 8, 8) * 0.5
    changed = ImagePerturbation(contrast=0.3, cast=0, noise=0)(images)
    torch.testing.assert_close(changed.mean((1, 2, 3)), images.mean((1, 2, 3)))
    ratios = changed.flatten(1).std(1) / images.flatten(1).std(1)
    assert 0.7 <= ratios.min() < 0.8 < 1.2 < ratios.max() <= 1.3
