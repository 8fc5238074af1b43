import cv2
import numpy as np
import pytest
import torch

from serve.latent.lab import delta_e76, lab_from_srgb, lab_of_images

KNOWN = [
    # sRGB levels and their CIELAB under D65, as colour calculators print them.
    ((255, 255, 255), (100.0, 0.0, 0.0)),
    ((0, 0, 0), (0.0, 0.0, 0.0)),
    ((255, 0, 0), (53.24, 80.09, 67.20)),
    ((0, 255, 0), (87.73, -86.18, 83.18)),
    ((0, 0, 255), (32.30, 79.19, -107.86)),
    ((128, 128, 128), (53.59, 0.0, 0.0)),
]


@pytest.mark.parametrize(("levels", "lab"), KNOWN)
def test_known_colours(levels: tuple[int, ...], lab: tuple[float, ...]) -> None:
    colour = torch.tensor(levels, dtype=torch.float64)[:, None, None] / 255
    expected = torch.tensor(lab, dtype=torch.float64)
    torch.testing.assert_close(lab_from_srgb(colour)[:, 0, 0], expected, atol=0.02, rtol=0)


def test_it_agrees_with_opencv_from_black_to_white() -> None:
    """OpenCV interpolates between entries of a table."""
    levels = np.stack(np.meshgrid(*[np.linspace(0, 1, 9, dtype=np.float32)] * 3), -1).reshape(
        9, -1, 3
    )
    dark = np.random.default_rng(0).random((2, 200, 3), dtype=np.float32) / 50
    for colours in (levels, dark):
        lab = lab_from_srgb(torch.from_numpy(colours).permute(2, 0, 1)).permute(1, 2, 0)
        np.testing.assert_allclose(lab, cv2.cvtColor(colours, cv2.COLOR_RGB2Lab), atol=0.4)


def test_network_images_of_one_and_three_channels_agree_on_grey() -> None:
    grey = torch.linspace(-1, 1, 12).reshape(1, 1, 3, 4)
    torch.testing.assert_close(lab_of_images(grey), lab_of_images(grey.expand(1, 3, 3, 4)))


def test_the_distance_is_euclidean() -> None:
    lab = torch.zeros(2, 3, 1, 1)
    other = torch.tensor([[3.0, 4.0, 0.0], [0.0, 0.0, 2.0]])[..., None, None]
    assert delta_e76(lab, other).flatten().tolist() == [5.0, 2.0]


def test_it_is_differentiable_everywhere_between_black_and_white() -> None:
    colours = torch.rand(2, 3, 2, 2, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lab_from_srgb, (colours,))
    black = torch.zeros(1, 3, 1, 1, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(lab_from_srgb(black).sum(), black)
    assert gradient.isfinite().all()
