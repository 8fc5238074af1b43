"""Affine colour maps per pixel: fitting, applying, composing."""

import numpy as np
import numpy.typing as npt

from serve.transfer.linear import solve_symmetric
from serve.transfer.separable import gaussian_blur

FloatArray = npt.NDArray[np.float32]


def identity_colour_map(count: int, channels: int, height: int, width: int) -> FloatArray:
    """Return the map that changes nothing, float32 (N, C, C + 1, H, W)."""
    identity = np.eye(channels, channels + 1, dtype=np.float32)[None, :, :, None, None]
    return np.broadcast_to(identity, (count, channels, channels + 1, height, width)).copy()


def apply_colour_map(colour_map: FloatArray, colours: FloatArray) -> FloatArray:
    """Map colours (N, C, H, W) by (N, C, C + 1, H, W)."""
    return apply_linear_part(colour_map, colours) + colour_map[:, :, -1]


def apply_linear_part(colour_map: FloatArray, differences: FloatArray) -> FloatArray:
    """Map differences of colours (N, C, H, W), to which the offset does not apply."""
    return np.einsum("nijhw,njhw->nihw", colour_map[:, :, :-1], differences)


def compose_colour_maps(after: FloatArray, before: FloatArray) -> FloatArray:
    """Return the map that applies `before`, then `after`; both (N, C, C + 1, H, W)."""
    composed = np.einsum("nijhw,njkhw->nikhw", after[:, :, :-1], before)
    composed[:, :, -1] += after[:, :, -1]
    return composed


def fit_colour_map(
    source: FloatArray,
    target: FloatArray,
    prior: FloatArray,
    window_px: float,
    ridge: float,
    seen: FloatArray | None = None,
) -> FloatArray:
    """Fit an affine colour map around every pixel.

    For every pixel p it is A_prior(p) + D with the D that minimises the ridge regression

        sum_q g(q - p) v(q) ||I_1(q) - (A_prior(q) + D) [W(q); 1]||^2 + r ||D||^2

    over all pixels q, with a Gaussian window g of unit sum. The moments of all windows come from
    one separable blur, and the (C + 1) x (C + 1) systems are solved at once by elimination. The
    window makes D smooth; r decides where the colours in the window do not span the space.

    Args:
        source: W, the source pulled onto the target, float32 (N, C, H, W) in [0, 1].
        target: I_1, of the same shape.
        prior: A_prior, float32 (N, C, C + 1, H, W).
        window_px: standard deviation of g.
        ridge: r.
        seen: v, float32 (N, H, W), how far each pixel counts; None for all of them.

    Returns:
        A, float32 (N, C, C + 1, H, W).
    """
    channels = source.shape[1]
    basis = [source[:, i] for i in range(channels)] + [np.ones_like(source[:, 0])]
    difference = target - apply_colour_map(prior, source)
    counted = basis if seen is None else [seen * one for one in basis]
    moments = [counted[i] * basis[j] for i in range(channels + 1) for j in range(i + 1)]
    crossed = [counted[i] * difference[:, k] for i in range(channels + 1) for k in range(channels)]
    blurred = gaussian_blur(np.stack(moments + crossed), window_px)
    planes = iter(blurred[: len(moments)])
    system = [[next(planes) for _ in range(i + 1)] for i in range(channels + 1)]
    for row in system:
        row[-1] = row[-1] + np.float32(ridge)
    right = blurred[len(moments) :].reshape(channels + 1, channels, *source[:, 0].shape)
    change = np.stack(solve_symmetric(system, list(right)))
    return prior + change.transpose(2, 1, 0, 3, 4)
