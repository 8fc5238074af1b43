"""Adversarial losses, as pure functions of logits."""

import torch
from torch import Tensor
from torch.nn import functional


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), means over `(N,)` logits (Goodfellow et al. 2014, eq. 1)."""
    return functional.softplus(-real_logits).mean() + functional.softplus(fake_logits).mean()


def generator_loss(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)), the non-saturating loss (Goodfellow et al. 2014, section 3)."""
    return functional.softplus(-fake_logits).mean()


def r1_penalty(real_logits: Tensor, reals: Tensor) -> Tensor:
    """Mean of ||dD/dx||^2 over real images `(N, C, H, W)` (Mescheder et al. 2018, eq. 9).

    `reals` must require gradients and `real_logits` stem from them image by image, which batch
    normalisation in D would break. The result can be differentiated again.
    """
    (gradients,) = torch.autograd.grad(real_logits.sum(), reals, create_graph=True)
    return gradients.square().sum(dim=(1, 2, 3)).mean()
