"""Colour maps for colours that the generator's pictures do not show."""

import numpy as np
import numpy.typing as npt

from serve.transfer.colour import fit_colour_map, identity_colour_map
from serve.transfer.separable import gaussian_blur

FloatArray = npt.NDArray[np.float32]

TONE_WINDOWS_PX = (16.0, 8.0, 4.0)
TONE_LEAN = np.float32(0.05)
LEAST_TONE = np.float32(0.02)
LEAST_WEIGHT = np.float32(1e-6)


def carried_colour_map(
    source: FloatArray, target: FloatArray, weight: FloatArray, window_px: float, ridge: float
) -> FloatArray:
    """Fit affine colour maps that go on sensibly beyond the colours they were fitted on.

    A photo holds colours that its projection lacks, and an affine map fitted around a pixel says
    nothing about those. So the local ridge regression of `colour.fit_colour_map` leans on
    `tone_map`, which maps every colour between black and white to one between black and white.

    Args:
        source: the first frame where the target's pixels come from, float32 (N, C, H, W), [0, 1].
        target: the frames, of the same shape.
        weight: float32 (N, 1, H, W) in [0, 1], which pixels count; where none does in reach, the
            map is that of the nearest that do.
        window_px: standard deviation of the Gaussian window of the regression.
        ridge: how strongly it leans on the tone map, against the mean square of the colours.

    Returns:
        float32 (N, C, C + 1, H, W).
    """
    prior = tone_map(source, target, weight)
    return fit_colour_map(source, target, prior, window_px, ridge, seen=weight[:, 0])


def tone_map(
    source: FloatArray,
    target: FloatArray,
    weight: FloatArray,
    windows_px: tuple[float, ...] = TONE_WINDOWS_PX,
) -> FloatArray:
    """Darken towards black and lighten towards white, each channel by itself.

    Where the local mean of a channel falls, from s to t, its map multiplies by t / s, so that black
    stays black; where it rises, distances from white are multiplied by (1 - t) / (1 - s), so that
    white stays white. The means are taken in windows from coarse to fine, each leaning on the one
    before.

    Args and result: see `carried_colour_map`.
    """
    total = np.maximum(weight.mean(axis=(2, 3), keepdims=True), LEAST_WEIGHT)
    before = (source * weight).mean(axis=(2, 3), keepdims=True) / total
    after = (target * weight).mean(axis=(2, 3), keepdims=True) / total
    for window_px in windows_px:
        counted = gaussian_blur(weight, window_px) + TONE_LEAN
        before = (gaussian_blur(source * weight, window_px) + TONE_LEAN * before) / counted
        after = (gaussian_blur(target * weight, window_px) + TONE_LEAN * after) / counted
    darkened = (after + LEAST_TONE) / (before + LEAST_TONE)
    lightened = (1 - after + LEAST_TONE) / (1 - before + LEAST_TONE)
    gain = np.where(after <= before, darkened, lightened)
    count, channels, height, width = gain.shape
    colour_map = identity_colour_map(count, channels, height, width)
    for channel in range(channels):
        colour_map[:, channel, channel] = gain[:, channel]
        colour_map[:, channel, channels] = np.where(after <= before, 0, 1 - gain)[:, channel]
    return colour_map
