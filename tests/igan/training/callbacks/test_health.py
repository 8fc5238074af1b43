import pytest
import torch
from torch import nn

from igan.training.callbacks.health import deviation, illness_of_losses, illness_of_weights


def test_numbers_that_are_none_are_named() -> None:
    assert illness_of_losses({"train/loss_d": 1.0}) is None
    assert illness_of_losses({"a": 1.0, "train/loss_g": float("inf")}) == "train/loss_g is inf"


@pytest.mark.parametrize(("real", "fake", "ill"), [(30.0, -20.0, False), (45.0, -20.0, True)])
def test_a_certain_discriminator_is_an_illness(real: float, fake: float, ill: bool) -> None:
    found = illness_of_losses({"train/logit_real": real, "train/logit_fake": fake})
    assert (found is not None and "with certainty (65 logits apart)" in found) == ill


def test_the_network_with_spoilt_weights_is_named() -> None:
    module = nn.ModuleDict({"generator": nn.Linear(2, 2), "discriminator": nn.Linear(2, 2)})
    assert illness_of_weights(module) is None
    module["discriminator"].weight.data[0, 0] = float("nan")
    assert "of the discriminator" in str(illness_of_weights(module))


def test_deviation_is_that_between_images_and_not_within_them() -> None:
    picture = torch.rand(1, 3, 8, 8)
    assert deviation(picture.expand(5, -1, -1, -1)) == 0
    levels = torch.tensor([-1.0, 1.0, -1.0, 1.0]).view(4, 1, 1, 1)
    assert deviation(levels.expand(-1, 3, 8, 8)) == pytest.approx((4 / 3) ** 0.5)
