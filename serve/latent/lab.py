"""Colours as people tell them apart: sRGB to CIELAB, and the distance there."""

import torch
from torch import Tensor

SRGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
"""Linear sRGB to CIE XYZ under D65 (IEC 61966-2-1)."""

LINEAR_BELOW = 0.04045
CUBIC_ABOVE = (6 / 29) ** 3


def lab_from_srgb(colours: Tensor) -> Tensor:
    """CIE 1976 L*a*b* under sRGB's own white: (..., 3, H, W) in [0, 1] to the same shape.

    L* lies in [0, 100]; white is (100, 0, 0). Values outside of [0, 1] are clamped.
    """
    colours = colours.clamp(0, 1)
    linear = torch.where(
        colours <= LINEAR_BELOW, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4
    )
    matrix = colours.new_tensor(SRGB_TO_XYZ)
    xyz = torch.einsum("ij,...jhw->...ihw", matrix, linear)
    white = matrix.sum(1)[:, None, None]
    ratio = xyz / white
    root = torch.where(
        ratio > CUBIC_ABOVE,
        ratio.clamp(min=CUBIC_ABOVE) ** (1 / 3),
        ratio * (29 / 6) ** 2 / 3 + 4 / 29,
    )
    x, y, z = root.unbind(-3)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-3)


def lab_of_images(images: Tensor) -> Tensor:
    """CIELAB of network images: (..., C, S, S) in [-1, 1], C 3 or 1, to (..., 3, S, S)."""
    srgb = (images + 1) / 2
    if srgb.shape[-3] == 1:
        srgb = torch.cat([srgb] * 3, dim=-3)
    return lab_from_srgb(srgb)


def delta_e76(lab: Tensor, other: Tensor) -> Tensor:
    """Euclidean distance in CIELAB (CIE 1976), (..., 3, H, W) twice to (..., H, W).

    About 2.3 is a difference that is just noticed.
    """
    return torch.linalg.vector_norm(lab - other, dim=-3)
