"""Motion and colour flow between neighbouring frames (the paper, section 4.3)."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from serve.transfer.colour import apply_colour_map, fit_colour_map, identity_colour_map
from serve.transfer.motion import update_motion
from serve.transfer.occlusion import fill_hidden_motion, seen_in_source
from serve.transfer.sampling import pull, pull_spline_with_slopes, spline_coefficients
from serve.transfer.separable import enlarged, finer_positions, gaussian_blur, reduced
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class MotionColourFlow:
    """Where each target pixel comes from in its source, and how its colour changes.

    target(p) = colour_map(p) applied to source(p + flow_target_to_source(p)), colours in [0, 1].

    Attributes:
        flow_target_to_source: float32 (N, 2, H, W) in pixels, channel 0 = x to the right.
        colour_map: float32 (N, C, C + 1, H, W), an affine map per pixel, its offset last.
    """

    flow_target_to_source: FloatArray
    colour_map: FloatArray

    def __len__(self) -> int:
        return self.flow_target_to_source.shape[0]

    def __getitem__(self, index: slice) -> Self:
        return type(self)(self.flow_target_to_source[index], self.colour_map[index])

    @classmethod
    def identity(cls, count: int, channels: int, height: int, width: int) -> Self:
        """No motion and no change of colour."""
        return cls(
            np.zeros((count, 2, height, width), dtype=np.float32),
            identity_colour_map(count, channels, height, width),
        )

    @property
    def channels(self) -> int:
        return self.colour_map.shape[1]

    def warp(self, source: FloatArray) -> FloatArray:
        """Predict the targets from their sources, both float32 (N, C, H, W) in [0, 1]."""
        return apply_colour_map(self.colour_map, pull(source, self.flow_target_to_source))


def frames_to_colours(frames: npt.NDArray[np.uint8]) -> FloatArray:
    """Scale uint8 (T, H, W, C) to float32 (T, C, H, W) in [0, 1]."""
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] not in (1, 3):
        raise ValueError(f"expected uint8 (T, H, W, 1 or 3), got {frames.dtype} {frames.shape}")
    return np.ascontiguousarray(frames.transpose(0, 3, 1, 2), dtype=np.float32) / np.float32(255)


def estimate_neighbour_flow(
    frames: npt.NDArray[np.uint8], settings: TransferSettings | None = None
) -> MotionColourFlow:
    """Estimate the flow from each frame to the one after it.

    Args:
        frames: uint8 (T, H, W, C), T at least 2, C 1 or 3.
        settings: weights; None takes the defaults.

    Returns:
        T - 1 flows: number t explains frame t + 1 from frame t.
    """
    if len(frames) < 2:
        raise ValueError(f"a flow needs at least two frames, got {len(frames)}")
    colours = frames_to_colours(frames)
    return estimate_flow(colours[:-1], colours[1:], settings)


def estimate_flow(
    source: FloatArray, target: FloatArray, settings: TransferSettings | None = None
) -> MotionColourFlow:
    """Estimate the flow that explains each target from its source.

    Minimises, from coarse to fine, the energy of the paper's section 4.3

        sum_p rho(||I_1(p) - A(p) I_0(p + f(p))||^2) + sigma_s ||grad f(p)||^2 + smoothness of A

    by alternating between f (`motion.update_motion`, which defines rho) and A
    (`colour.fit_colour_map`, whose windows make A smooth). Both are sought on slightly blurred
    frames. What the way back shows to be hidden in the source is then filled with the motion of
    its like (`occlusion`), and at last A is fitted to the sharp frames where they are seen.

    Args:
        source: I_0, float32 (N, C, H, W) in [0, 1].
        target: I_1, of the same shape.
        settings: weights; None takes the defaults.
    """
    settings = settings or TransferSettings()
    flow = _coarse_to_fine(source, target, settings)
    motion, seen = flow.flow_target_to_source, None
    if settings.round_trip_px is not None:
        quick = replace(settings, rounds=1, coarse_rounds=settings.rounds)
        way_back = _coarse_to_fine(target, source, quick).flow_target_to_source
        seen = seen_in_source(motion, way_back, settings.round_trip_px, settings.hidden_margin_px)
        motion = fill_hidden_motion(
            motion, target, seen, settings.fill_window_px, settings.fill_contrast
        )
    colour_map = fit_colour_map(
        pull(source, motion),
        target,
        flow.colour_map,
        settings.colour_window_px,
        settings.colour_ridge,
        seen,
    )
    return MotionColourFlow(motion, colour_map)


def _coarse_to_fine(
    source: FloatArray, target: FloatArray, settings: TransferSettings
) -> MotionColourFlow:
    levels = [tuple(gaussian_blur(frames, settings.frame_blur_px) for frames in (source, target))]
    for size in coarser_sizes(source.shape[-2:], settings.coarsest_px):
        levels.append(tuple(reduced(frames, size) for frames in levels[-1]))
    count, channels = source.shape[:2]
    flow = MotionColourFlow.identity(count, channels, *levels[-1][0].shape[-2:])
    for level_source, level_target in reversed(levels):
        size_hw = level_source.shape[-2:]
        rounds = settings.rounds if size_hw == source.shape[-2:] else settings.coarse_rounds
        flow = _alternate(level_source, level_target, _resized(flow, size_hw), rounds, settings)
    return flow


def _alternate(
    source: FloatArray,
    target: FloatArray,
    start: MotionColourFlow,
    rounds: int,
    settings: TransferSettings,
) -> MotionColourFlow:
    coefficients = spline_coefficients(source)
    motion, colour_map = start.flow_target_to_source, start.colour_map
    reading = pull_spline_with_slopes(coefficients, motion)
    for _ in range(rounds):
        motion = update_motion(reading, target, motion, colour_map, settings)
        reading = pull_spline_with_slopes(coefficients, motion)
        colour_map = fit_colour_map(
            reading.value,
            target,
            start.colour_map,
            settings.colour_window_px,
            settings.colour_ridge,
        )
    return MotionColourFlow(motion, colour_map)


def coarser_sizes(size_hw: tuple[int, ...], coarsest_px: int) -> list[tuple[int, int]]:
    """Heights and widths of the pyramid below its finest level."""
    height, width = size_hw
    sizes = []
    while min(height, width) >= 2 * coarsest_px:
        height, width = (height + 1) // 2, (width + 1) // 2
        sizes.append((height, width))
    return sizes


def _resized(flow: MotionColourFlow, size_hw: tuple[int, ...]) -> MotionColourFlow:
    coarse_height, coarse_width = flow.flow_target_to_source.shape[-2:]
    height, width = size_hw
    if (coarse_height, coarse_width) == (height, width):
        return flow
    x, y = finer_positions(coarse_width, width), finer_positions(coarse_height, height)
    scale = np.array([width / coarse_width, height / coarse_height], dtype=np.float32)
    return MotionColourFlow(
        enlarged(flow.flow_target_to_source, x, y) * scale[:, None, None],
        enlarged(flow.colour_map, x, y),
    )
