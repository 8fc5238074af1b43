"""The projection loss: how far an image lies from a photo, in pixels and in features."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Network = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ProjectionTerms:
    """The loss of each photo and what it is made of, each (N,).

    `total = pixel + feature_weight * feature`, so `feature` is the term before its weight.
    """

    pixel: Tensor
    feature: Tensor
    total: Tensor


def mean_squared_error(values: Tensor, targets: Tensor) -> Tensor:
    """Mean over everything but the first axis of the squared difference: (N, ...) -> (N,)."""
    return (values - targets).square().flatten(1).mean(1)


def projection_loss_terms(
    images: Tensor,
    targets: Tensor,
    image_features: Tensor | None,
    target_features: Tensor | None,
    feature_weight: float,
) -> ProjectionTerms:
    """Mean squared pixel error plus `feature_weight` times mean squared feature error, per photo.

    Zhu et al. 2016, section 4.1: L(x1, x2) = ||C(x1) - C(x2)||^2 with C the raw pixels and a
    layer of AlexNet; both squares are means here, so that neither depends on the size of its map.

    Args:
        images, targets: (N, C, H, W) in [-1, 1]; differentiable in both.
        image_features, target_features: (N, F, h, w) of the same images, or both None for the
            pixel error alone.
        feature_weight: w, from the bundle's manifest.
    """
    pixel = mean_squared_error(images, targets)
    if image_features is None or target_features is None:
        return ProjectionTerms(pixel=pixel, feature=torch.zeros_like(pixel), total=pixel)
    feature = mean_squared_error(image_features, target_features)
    return ProjectionTerms(pixel=pixel, feature=feature, total=pixel + feature_weight * feature)


class TargetLoss:
    """The loss against fixed photos, whose features were computed once."""

    def __init__(
        self,
        targets: Tensor,
        target_features: Tensor | None,
        features: Network | None,
        feature_weight: float,
    ) -> None:
        self.targets = targets
        self.target_features = target_features
        self.features = features
        self.feature_weight = feature_weight

    def __call__(self, images: Tensor) -> ProjectionTerms:
        """Terms of image i against photo i; `images` (N, C, H, W) in [-1, 1]."""
        image_features = None if self.features is None else self.features(images)
        return projection_loss_terms(
            images, self.targets, image_features, self.target_features, self.feature_weight
        )

    def rows(self, index: Tensor) -> "TargetLoss":
        """The same loss against the photos `index` (M,), in that order; repeats are allowed."""
        target_features = None if self.target_features is None else self.target_features[index]
        return TargetLoss(self.targets[index], target_features, self.features, self.feature_weight)


class ProjectionLoss:
    """The projection loss of one feature network and weight.

    Args:
        features: (N, C, H, W) in [-1, 1] -> (N, F, h, w), differentiable: a torch module or an
            exported network. None compares pixels alone.
        feature_weight: w of `projection_loss_terms`.
    """

    def __init__(self, features: Network | None, feature_weight: float) -> None:
        self.features = features
        self.feature_weight = feature_weight

    def against(self, targets: Tensor) -> TargetLoss:
        """The loss against these photos, (N, C, H, W) in [-1, 1], held constant from here on."""
        targets = targets.detach()
        with torch.no_grad():
            target_features = None if self.features is None else self.features(targets)
        return TargetLoss(targets, target_features, self.features, self.feature_weight)

    def __call__(self, images: Tensor, targets: Tensor) -> ProjectionTerms:
        """Terms of image i against photo i, differentiable in `images`."""
        return self.against(targets)(images)
