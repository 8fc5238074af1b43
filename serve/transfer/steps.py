"""How many steps a path of frames needs."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from serve.transfer.flow import estimate_flow, frames_to_colours
from serve.transfer.separable import reduced
from serve.transfer.settings import PREVIEW_SETTINGS

LARGEST_STEP_PX = 3.0
"""Farther steps are matched worse than two of half the length."""

MOST_STEPS = 64

MOVING_SHARE = 0.05
"""A step is as long as the motion that this share of its pixels exceeds."""


def steps_needed(frames: npt.NDArray[np.uint8]) -> int:
    """Tell in how many steps a path should be drawn so that none of them moves far.

    The motion of each step is estimated, quickly, on frames of half the size. Draw the path anew
    when more steps are needed than it has; when it has enough, its own number is returned.

    Args:
        frames: uint8 (T, H, W, C) along the path, T at least 2, C 1 or 3.

    Returns:
        The number of steps, one less than of frames; at most `MOST_STEPS`, but never fewer than
        there are.
    """
    present = len(frames) - 1
    longest = _longest_step_px(frames)
    return max(present, min(MOST_STEPS, math.ceil(present * longest / LARGEST_STEP_PX)))


def drawn_in_needed_steps(
    draw: Callable[[int], npt.NDArray[np.uint8]], least_steps: int
) -> npt.NDArray[np.uint8]:
    """Draw a path in as many steps as its motion needs.

    Args:
        draw: gives the frames of the path in so many steps, uint8 (steps + 1, H, W, C).

    Returns:
        uint8 (T, H, W, C), T at least `least_steps` + 1.
    """
    frames = draw(least_steps)
    steps = steps_needed(frames)
    return frames if steps == least_steps else draw(steps)


def _longest_step_px(frames: npt.NDArray[np.uint8]) -> float:
    colours = frames_to_colours(frames)
    height, width = colours.shape[-2:]
    halved = reduced(colours, ((height + 1) // 2, (width + 1) // 2))
    motion = estimate_flow(halved[:-1], halved[1:], PREVIEW_SETTINGS).flow_target_to_source
    length = 2 * np.hypot(motion[:, 0], motion[:, 1]).reshape(len(motion), -1)
    return float(np.quantile(length, 1 - MOVING_SHARE, axis=1).max())
