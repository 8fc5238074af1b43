"""Augmentation whose strength follows a signal of overfitting (Karras et al. 2020, "ADA")."""

import torch
from torch import Tensor, nn

SIGN_MEMORY = 0.99


class AdaptiveAugmentation(nn.Module):
    """Apply `augmentation` to each image `(N, C, H, W)` with a probability, `strength`.

    A discriminator that calls nearly every augmented photo real has learnt the photos by heart.
    `observe` takes its logits of real images: while the running mean of their signs is above
    `target`, strength rises, else it falls, within [0, 1] (section 3.1 there, its r_t). Both
    live in buffers, so that checkpoints hold them and no step waits for the device.

    Args:
        augmentation: images to images of the same shape, with gradients.
        target: of the mean sign of D's logits on real images, in [-1, 1].
        images_to_full: real images over which strength can rise from 0 to 1.
        initial_strength: to begin with.
    """

    strength: Tensor
    mean_sign: Tensor

    def __init__(
        self,
        augmentation: nn.Module,
        target: float = 0.6,
        images_to_full: int = 100_000,
        initial_strength: float = 0.0,
    ) -> None:
        super().__init__()
        self.augmentation = augmentation
        self.target, self.images_to_full = target, images_to_full
        self.register_buffer("strength", torch.tensor(initial_strength))
        self.register_buffer("mean_sign", torch.tensor(0.0))

    def forward(self, images: Tensor) -> Tensor:
        chosen = torch.rand(len(images), 1, 1, 1, device=images.device) < self.strength
        return torch.where(chosen, self.augmentation(images), images)

    @torch.no_grad()
    def observe(self, real_logits: Tensor) -> None:
        """Follow D's logits `(N,)` of a batch of real images, augmented as they were."""
        self.mean_sign.lerp_(real_logits.sign().mean().to(self.mean_sign.dtype), 1 - SIGN_MEMORY)
        step = torch.sign(self.mean_sign - self.target) * len(real_logits) / self.images_to_full
        self.strength.add_(step).clamp_(0, 1)
