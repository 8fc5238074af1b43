"""The learning rate over a run: constant, then linearly to zero, as in the released code."""

from typing import Any


def remaining_share(images_seen: int, decay_from_image: int | None, total_images: int) -> float:
    """1 until the decay starts (never where it is None), then linearly down to 0 at the end."""
    if decay_from_image is None or images_seen <= decay_from_image:
        return 1.0
    return max(0.0, (total_images - images_seen) / (total_images - decay_from_image))


def set_learning_rate(optimizer: Any, learning_rate: float) -> None:
    """Give every parameter group of an optimizer this rate."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
