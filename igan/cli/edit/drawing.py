"""Drawing a path with as many frames as its motion needs."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from serve.bundle import Bundle
    from serve.latent.path import PathKind


def draw_path(
    bundle: "Bundle", start: "Tensor", end: "Tensor", least_steps: int, kind: "PathKind" = "linear"
) -> "npt.NDArray[np.uint8]":
    """Draw the path between two latents in as many steps as its motion needs.

    Returns:
        uint8 (T, S, S, C), T at least `least_steps` + 1.
    """
    import torch

    from serve.latent.path import latent_path
    from serve.photo.pixels import tensor_to_pixels
    from serve.transfer.steps import drawn_in_needed_steps

    def drawn(steps: int) -> "npt.NDArray[np.uint8]":
        with torch.no_grad():
            return tensor_to_pixels(bundle.generator(latent_path(start, end, steps, kind)))

    return drawn_in_needed_steps(drawn, least_steps)
