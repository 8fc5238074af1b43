import pytest
import torch
from torch import nn

from igan.training.adaptive_augmentation import AdaptiveAugmentation


class Negative(nn.Module):
    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return -images


def adaptive(strength: float) -> AdaptiveAugmentation:
    return AdaptiveAugmentation(Negative(), images_to_full=1000, initial_strength=strength)


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
def test_strength_is_the_share_of_images_that_are_changed(strength: float) -> None:
    torch.manual_seed(0)
    images = torch.ones(4000, 1, 2, 2, requires_grad=True)
    augmented = adaptive(strength)(images)
    assert (augmented[:, 0, 0, 0] < 0).float().mean().item() == pytest.approx(strength, abs=0.03)
    augmented.sum().backward()
    torch.testing.assert_close(images.grad, augmented.detach())


def test_strength_rises_while_d_is_sure_of_every_photo_and_falls_when_it_is_not() -> None:
    augmentation = adaptive(0.0)
    for _ in range(91):
        augmentation.observe(torch.full((10,), 3.0))
    # The mean sign is 1 - 0.99^n: above 0.6 from the 92nd batch on; each then adds 10 / 1000.
    assert augmentation.strength.item() == 0.0
    for _ in range(50):
        augmentation.observe(torch.full((10,), 3.0))
    assert augmentation.strength.item() == pytest.approx(0.5, abs=1e-4)
    for _ in range(300):
        augmentation.observe(torch.tensor([1.0, -1.0] * 5))
    assert augmentation.strength.item() == 0.0


def test_a_checkpoint_holds_strength_and_memory() -> None:
    augmentation, restored = adaptive(0.5), adaptive(0.0)
    augmentation.observe(torch.ones(10))
    restored.load_state_dict(augmentation.state_dict())
    assert restored.strength == augmentation.strength
    assert restored.mean_sign == augmentation.mean_sign > 0
