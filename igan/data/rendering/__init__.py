"""The embedded picture set: an endless supply of drawn shoes whose true differences are known."""

from igan.data.rendering.motion import true_motion_and_colour
from igan.data.rendering.parameters import ShoeParameters, blend, sample_parameters
from igan.data.rendering.picture import render
from igan.data.rendering.rendered_store import render_store

__all__ = [
    "ShoeParameters",
    "blend",
    "render",
    "render_store",
    "sample_parameters",
    "true_motion_and_colour",
]
