import numpy as np
import pytest
import torch
from torch import Tensor, nn

from serve.latent.loss import ProjectionLoss, projection_loss_terms


def images(count: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, 6, 6, generator=generator, dtype=dtype) * 2 - 1


def test_terms_are_the_means_of_the_definition() -> None:
    x, y = images(2, 0), images(2, 1)
    f, g = images(2, 2)[:, :, :4], images(2, 3)[:, :, :4]
    terms = projection_loss_terms(x, y, f, g, feature_weight=0.25)
    for row in range(2):
        pixel = np.mean((x[row].numpy() - y[row].numpy()) ** 2)
        feature = np.mean((f[row].numpy() - g[row].numpy()) ** 2)
        assert terms.pixel[row].item() == pytest.approx(pixel, rel=1e-5)
        assert terms.feature[row].item() == pytest.approx(feature, rel=1e-5)
        assert terms.total[row].item() == pytest.approx(pixel + 0.25 * feature, rel=1e-5)


def test_without_features_the_loss_is_the_pixel_error() -> None:
    terms = ProjectionLoss(None, 7.0)(images(3, 0), images(3, 1))
    assert torch.equal(terms.total, terms.pixel)
    assert torch.equal(terms.feature, torch.zeros(3))


def test_the_features_of_the_photos_are_computed_once() -> None:
    seen: list[int] = []

    def features(x: Tensor) -> Tensor:
        seen.append(len(x))
        return x.mean(1, keepdim=True)

    target_loss = ProjectionLoss(features, 1.0).against(images(3, 0))
    target_loss(images(3, 1))
    target_loss(images(3, 2))
    assert seen == [3, 3, 3]


def test_rows_choose_the_photos_to_compare_with() -> None:
    features = nn.Conv2d(3, 4, 3)
    loss = ProjectionLoss(features, 0.5)
    targets = images(3, 0)
    index = torch.tensor([2, 0, 2])
    chosen = loss.against(targets).rows(index)(images(3, 1))
    direct = loss(images(3, 1), targets[index])
    torch.testing.assert_close(chosen.total, direct.total)


def test_an_image_equal_to_its_photo_has_no_loss() -> None:
    loss = ProjectionLoss(nn.Conv2d(3, 4, 3), 0.5)
    assert torch.equal(loss(images(2, 0), images(2, 0)).total, torch.zeros(2))


def test_gradient_in_the_images_is_exact() -> None:
    torch.manual_seed(0)
    features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softplus()).double()
    target_loss = ProjectionLoss(features, 0.3).against(images(2, 0, torch.float64))
    x = images(2, 1, torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: target_loss(x).total, (x,))


def test_photos_are_held_constant() -> None:
    targets = images(1, 0).requires_grad_()
    x = images(1, 1).requires_grad_()
    ProjectionLoss(nn.Conv2d(3, 4, 3), 0.5)(x, targets).total.sum().backward()
    assert x.grad is not None
    assert targets.grad is None
