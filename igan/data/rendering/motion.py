"""The true change between two rendered shoes: where each point came from, and its colour."""

import numpy as np

from igan.data.rendering.appearance import surface_colour
from igan.data.rendering.geometry import BACKDROP, ShoeGeometry
from igan.data.rendering.parameters import ShoeParameters

LARGEST_GAIN = 4.0
EDGE_PX = 1.5
"""Points nearer to the edge of a part than this are mixed with what lies beyond it."""


def true_motion_and_colour(
    source: ShoeParameters, target: ShoeParameters, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how the picture of `source` becomes that of `target`: T(p) = A(p) S(p + f(p)).

    Returns:
        flow_target_to_source: float32 (2, size, size), pixels, x to the right and y down; 0 where
            not valid.
        valid: bool (size, size): the target pixel shows one part of the shoe that is seen in the
            source too, both away from the part's edge.
        colour_change: float32 (3, 4, size, size), an affine map from source to target colour, sRGB
            in [0, 1]: a gain for each channel (at most `LARGEST_GAIN`) and an offset; identity
            where not valid.
    """
    before, after = ShoeGeometry(source), ShoeGeometry(target)
    centres = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(centres, centres)
    points = after.locate(x, y)
    source_x, source_y = before.place(points)

    valid = _inside_part(after, x, y, points.part, size)
    valid &= _inside_part(before, source_x, source_y, points.part, size)

    flow = size * np.stack([source_x - x, source_y - y])
    flow[:, ~valid] = 0

    chosen = points.flat(np.flatnonzero(valid))
    source_diffuse, source_highlight = surface_colour(before, chosen)
    target_diffuse, target_highlight = surface_colour(after, chosen)
    gain = np.minimum((target_diffuse + 1e-3) / (source_diffuse + 1e-3), LARGEST_GAIN)
    source_colour = np.clip(source_diffuse + source_highlight, 0, 1)
    target_colour = np.clip(target_diffuse + target_highlight, 0, 1)
    colour_change = np.zeros((3, 4, size, size), np.float32)
    colour_change[range(3), range(3)] = 1
    for channel in range(3):
        colour_change[channel, channel, valid] = gain[:, channel]
        colour_change[channel, 3, valid] = (target_colour - gain * source_colour)[:, channel]
    return flow.astype(np.float32), valid, colour_change


def _inside_part(
    shoe: ShoeGeometry, x: np.ndarray, y: np.ndarray, part: np.ndarray, size: int
) -> np.ndarray:
    """Tell which points show `part`, and still do `EDGE_PX` away in every direction."""
    inside = part != BACKDROP
    reach = EDGE_PX / size
    for direction in np.arange(8) * (np.pi / 4):
        around = shoe.locate(x + reach * np.cos(direction), y + reach * np.sin(direction))
        inside &= around.part == part
    return inside
