import math
import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import Tensor

from igan.data.rendering.parameters import sample_parameters
from igan.data.rendering.picture import render
from serve.latent.hog import FLAT, SOFTNESS, histograms, hog, pooled_over_cells
from serve.photo.frame import PhotoFrame
from serve.photo.photo import read_photo
from serve.photo.pixels import pixels_to_tensor

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 4


def by_the_formula(
    image: npt.NDArray[np.float64], mask: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """HOG of one image (C, S, S) pixel by pixel, as the docstring of `serve.latent.hog` has it."""
    size = image.shape[1]
    cells = math.ceil(size / 8)
    y = np.pad((image.mean(axis=0) + 1) / 2, 1, mode="edge")
    v = np.zeros((8, cells, cells))
    for p in range(size):
        for q in range(size):
            around = y[p : p + 3, q : q + 3]
            gx, gy = float((around * SOBEL).sum()), float((around * SOBEL.T).sum())
            m = math.sqrt(gx**2 + gy**2 + SOFTNESS**2)
            angles = np.arange(8) * math.pi / 8
            e = m * ((gx * np.cos(angles) + gy * np.sin(angles)) ** 2 / m**2) ** 4
            for i in {max(0, (p - 4) // 8), min(cells - 1, (p + 4) // 8)}:
                for j in {max(0, (q - 4) // 8), min(cells - 1, (q + 4) // 8)}:
                    window = bilinear(p - 8 * i) * bilinear(q - 8 * j)
                    v[:, i, j] += mask[p, q] * e * window / 64
    return v / np.sqrt((v**2).sum(axis=0) + FLAT**2)


def bilinear(p: int) -> float:
    return max(0.0, 1 - abs(p + 0.5 - 4) / 8)


def edge(angle: float, size: int = 32, contrast: float = 1.0) -> Tensor:
    """A straight edge through the middle whose gradient points along `angle`."""
    places = torch.arange(size, dtype=torch.float64) + 0.5 - size / 2
    along = math.cos(angle) * places + math.sin(angle) * places[:, None]
    return (contrast * (2 * along).clamp(-1, 1)).expand(1, 3, size, size)


def rendered() -> list[npt.NDArray[np.uint8]]:
    return [render(sample_parameters(seed=0, index=0), 64)]


def real_photos(count: int) -> list[npt.NDArray[np.uint8]]:
    squares = []
    for path in sorted(Path(os.environ["IGAN_PHOTOS"]).rglob("*.jpg"))[:count]:
        photo = read_photo(path)
        squares.append(PhotoFrame.whole(photo, 64).crop(photo.as_uint8(3)))
    return squares


def assert_as_the_formula_says(squares: list[npt.NDArray[np.uint8]]) -> None:
    images = pixels_to_tensor(np.stack(squares))
    mask = torch.rand(64, 64, generator=torch.Generator().manual_seed(0))
    for image, plain, masked in zip(images, hog(images), hog(images, mask), strict=True):
        values = image.double().numpy()
        expected = by_the_formula(values, np.ones((64, 64)))
        np.testing.assert_allclose(plain.numpy(), expected, atol=1e-5, rtol=0)
        expected = by_the_formula(values, mask.double().numpy())
        np.testing.assert_allclose(masked.numpy(), expected, atol=1e-5, rtol=0)
        assert expected.max() > 0.2


def test_it_is_the_formula_on_rendered_photos() -> None:
    assert_as_the_formula_says(rendered())


@pytest.mark.photos
@pytest.mark.slow
@pytest.mark.skipif("IGAN_PHOTOS" not in os.environ, reason="IGAN_PHOTOS names no photos")
def test_it_is_the_formula_on_real_photos() -> None:
    assert_as_the_formula_says(real_photos(10))


def test_it_is_the_formula_where_cells_do_not_fill_the_image() -> None:
    image = torch.rand(1, 1, 20, 20, dtype=torch.float64) * 2 - 1
    expected = by_the_formula(image[0].numpy(), np.ones((20, 20)))
    assert expected.shape == (8, 3, 3)
    np.testing.assert_allclose(hog(image)[0].numpy(), expected, atol=1e-12)


def test_gradients_are_exact() -> None:
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 1, 10, 10, generator=generator, dtype=torch.float64) * 2 - 1
    mask = torch.rand(10, 10, generator=generator, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: hog(x, mask), (image.requires_grad_(),))


@pytest.mark.parametrize("orientation", range(8))
def test_an_edge_falls_into_its_orientation(orientation: int) -> None:
    """cos^8 of 0, pi/8, pi/4 and so on."""
    middle = histograms(edge(orientation * math.pi / 8))[0, :, 1:3, 1:3].sum((1, 2))
    shares = middle.roll(-orientation) / middle[orientation]
    expected = torch.cos(torch.arange(8, dtype=torch.float64) * math.pi / 8) ** 8
    torch.testing.assert_close(shares, expected, atol=0.03, rtol=0)


def test_an_edge_between_two_orientations_falls_into_both() -> None:
    middle = histograms(edge(1.5 * math.pi / 8))[0, :, 1:3, 1:3].sum((1, 2))
    assert middle[1].item() == pytest.approx(middle[2].item(), rel=0.02)
    assert middle.topk(2).indices.sort().values.tolist() == [1, 2]


def test_a_straight_edge_from_black_to_white_makes_what_the_documentation_says() -> None:
    assert histograms(edge(0, size=24))[0, :, 1, 1].norm().item() == pytest.approx(0.29, abs=0.02)


def test_which_side_is_lighter_does_not_matter() -> None:
    torch.testing.assert_close(hog(edge(0.3)), hog(-edge(0.3)))


def test_contrast_hardly_matters_and_flat_stays_flat() -> None:
    full, faint = (hog(edge(0.3, contrast=contrast)) for contrast in (1.0, 0.5))
    similar = torch.nn.functional.cosine_similarity(full[0, :, 1, 1], faint[0, :, 1, 1], dim=0)
    assert similar > 0.999
    assert hog(torch.full((1, 3, 24, 24), 0.3)).abs().max() < 1e-6


def test_neighbouring_cells_share_what_lies_between_them() -> None:
    """One bright pixel, wherever it lies, weighs the same over all cells away from the border."""
    totals = []
    for column in range(12, 20):
        image = -torch.ones(1, 1, 32, 32)
        image[0, 0, 15, column] = 1
        totals.append(histograms(image).sum().item())
    np.testing.assert_allclose(totals, totals[0], rtol=1e-5)


def test_pooling_over_cells_is_the_same_window() -> None:
    values = torch.zeros(16, 16)
    values[5, 9] = 1
    expected = [[bilinear(5 - 8 * i) * bilinear(9 - 8 * j) / 64 for j in (0, 1)] for i in (0, 1)]
    torch.testing.assert_close(pooled_over_cells(values), torch.tensor(expected))
