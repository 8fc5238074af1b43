"""Joining flows along a path of frames."""

import numpy as np
import numpy.typing as npt

from serve.transfer.colour import compose_colour_maps, fit_colour_map, identity_colour_map
from serve.transfer.flow import MotionColourFlow
from serve.transfer.motion import update_motion
from serve.transfer.sampling import (
    pull,
    pull_spline,
    pull_spline_with_slopes,
    spline_coefficients,
)
from serve.transfer.separable import gaussian_blur
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]

INVERSION_STEPS = 12


def compose(earlier: MotionColourFlow, later: MotionColourFlow) -> MotionColourFlow:
    """Join a flow 0 -> t with a flow t -> t + 1 into the flow 0 -> t + 1.

    f_{0->t+1}(p) = f_t(p) + f_{0->t}(p + f_t(p)) and
    A_{0->t+1}(p) = A_t(p) A_{0->t}(p + f_t(p)), where reading beyond the border gives the border.
    """
    step = later.flow_target_to_source
    shape = earlier.colour_map.shape
    fields = np.concatenate(
        [earlier.flow_target_to_source, earlier.colour_map.reshape(shape[0], -1, *shape[3:])],
        axis=1,
    )
    pulled = pull(fields, step)
    return MotionColourFlow(
        step + pulled[:, :2],
        compose_colour_maps(later.colour_map, pulled[:, 2:].reshape(shape)),
    )


def concatenate(neighbours: MotionColourFlow) -> MotionColourFlow:
    """Turn flows between neighbours into flows from the first frame; number t ends at t + 1."""
    from_first = [neighbours[:1]]
    for index in range(1, len(neighbours)):
        from_first.append(compose(from_first[-1], neighbours[index : index + 1]))
    return MotionColourFlow(
        np.concatenate([flow.flow_target_to_source for flow in from_first]),
        np.concatenate([flow.colour_map for flow in from_first]),
    )


def anchor(
    from_first: MotionColourFlow, colours: FloatArray, settings: TransferSettings
) -> MotionColourFlow:
    """Fit long flows anew, each directly between the first frame and its own.

    Sums of many estimated motions and products of many fitted maps gather their errors. So each
    motion is corrected once against the first frame, by a change that is as smooth as the data
    allow, and then each colour map is fitted by one regression that does not drift.

    Args:
        from_first: T - 1 flows from the first frame.
        colours: float32 (T, C, H, W) in [0, 1], the frames.
        settings: weights.
    """
    first = gaussian_blur(colours[:1], settings.frame_blur_px)
    targets = gaussian_blur(colours[1:], settings.frame_blur_px)
    coefficients = np.repeat(spline_coefficients(first), len(targets), axis=0)
    chained = from_first.flow_target_to_source
    reading = pull_spline_with_slopes(coefficients, chained)
    colour_map = fit_colour_map(
        reading.value,
        targets,
        from_first.colour_map,
        settings.colour_window_px,
        settings.anchor_ridge,
    )
    motion = update_motion(reading, targets, chained, colour_map, settings, keep_shape=True)
    return anchor_colours(MotionColourFlow(motion, colour_map), colours, settings)


def anchor_colours(
    from_first: MotionColourFlow, colours: FloatArray, settings: TransferSettings
) -> MotionColourFlow:
    """Fit the colour maps of long flows anew, each directly between the first frame and its own.

    Products of many fitted maps gather their errors; with the motion known, one regression in
    windows from coarse to fine, each leaning on the one before and the first on the identity, does
    not drift.

    Args:
        from_first: T - 1 flows from the first frame.
        colours: float32 (T, C, H, W) in [0, 1], the frames.
        settings: `anchor_windows_px` and `anchor_ridge`.
    """
    count = len(from_first)
    first = np.broadcast_to(colours[:1], (count, *colours.shape[1:]))
    pulled = pull(first, from_first.flow_target_to_source)
    colour_map = identity_colour_map(count, *colours.shape[1:])
    for window_px in settings.anchor_windows_px:
        colour_map = fit_colour_map(
            pulled, colours[1:], colour_map, window_px, settings.anchor_ridge
        )
    return MotionColourFlow(from_first.flow_target_to_source, colour_map)


def part_of(flow: MotionColourFlow, fraction: float) -> MotionColourFlow:
    """Take a fraction in [0, 1] of a flow's motion and of its change of colour."""
    identity = identity_colour_map(1, flow.channels, *flow.colour_map.shape[3:])
    part = np.float32(fraction)
    return MotionColourFlow(
        flow.flow_target_to_source * part, identity + (flow.colour_map - identity) * part
    )


def flow_at_position(
    neighbours: MotionColourFlow, from_first: MotionColourFlow, position: float
) -> MotionColourFlow:
    """Return the one flow from the first frame to a position on the path.

    Args:
        neighbours: T - 1 flows between neighbouring frames.
        from_first: T - 1 flows from the first frame to each later one.
        position: 0 at the first frame, 1 at the last. Between two frames the motion of the later
            one's step is taken in part, and the colour maps of both are mixed where they meet; so
            is what `anchor` changed about the motions.
    """
    place = position * len(neighbours)
    whole_steps = min(int(place), len(neighbours))
    rest = place - whole_steps
    if rest < 1e-6:
        if whole_steps == 0:
            return part_of(from_first[:1], 0.0)
        return from_first[whole_steps - 1 : whole_steps]
    if whole_steps == 0:
        return part_of(from_first[:1], rest)
    before = from_first[whole_steps - 1 : whole_steps]
    after = from_first[whole_steps : whole_steps + 1]
    step = neighbours[whole_steps : whole_steps + 1]
    partial_step = part_of(step, rest).flow_target_to_source
    motion = compose(before, part_of(step, rest)).flow_target_to_source
    corrected = after.flow_target_to_source - compose(before, step).flow_target_to_source
    # The later map lives on the later frame; seen from here it lies the rest of the step ahead.
    back = partial_step - step.flow_target_to_source
    shape = before.colour_map.shape
    motion = motion + pull(corrected, back) * np.float32(rest)
    map_before = pull(before.colour_map.reshape(1, -1, *shape[3:]), partial_step)
    map_after = pull(after.colour_map.reshape(1, -1, *shape[3:]), back)
    mixed = map_before + (map_after - map_before) * np.float32(rest)
    return MotionColourFlow(motion, mixed.reshape(shape))


def invert_motion(flow_target_to_source: FloatArray) -> FloatArray:
    """Return flow_source_to_target g with q + g(q) + f(q + g(q)) = q, by fixed-point iteration.

    Where the flow folds there is no such g, and what stands there is one of several answers or
    between them.
    """
    coefficients = spline_coefficients(flow_target_to_source)
    inverse = -flow_target_to_source
    for _ in range(INVERSION_STEPS):
        inverse = -pull_spline(coefficients, inverse)
    return inverse
