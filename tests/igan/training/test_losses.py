import math

import pytest
import torch

from igan.training.losses import discriminator_loss, generator_loss, r1_penalty


def test_an_undecided_discriminator_costs_two_log_two() -> None:
    undecided = torch.zeros(5)
    assert discriminator_loss(undecided, undecided).item() == pytest.approx(2 * math.log(2))
    assert generator_loss(undecided).item() == pytest.approx(math.log(2))


def test_losses_are_the_logarithms_of_the_definition() -> None:
    real, fake = torch.randn(2, 7, dtype=torch.float64)
    expected = -(torch.sigmoid(real).log().mean() + (1 - torch.sigmoid(fake)).log().mean())
    torch.testing.assert_close(discriminator_loss(real, fake), expected)
    torch.testing.assert_close(generator_loss(fake), -torch.sigmoid(fake).log().mean())


def test_r1_of_a_linear_discriminator_is_its_squared_weight() -> None:
    weight = torch.randn(1, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    reals = torch.randn(5, 3, 4, 4, dtype=torch.float64, requires_grad=True)
    penalty = r1_penalty((weight * reals).sum((1, 2, 3)), reals)
    torch.testing.assert_close(penalty, weight.square().sum())
    penalty.backward()
    torch.testing.assert_close(weight.grad, 2 * weight.detach())
