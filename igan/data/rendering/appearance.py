"""What colour each point of a shoe has: materials, pattern, light, and the shadow on the ground.

Everything on the shoe is a function of the surface coordinates alone, so pattern and light move
with the material, and two shoes differ in colour only by their colours and strengths.
"""

import numpy as np

from igan.data.rendering.geometry import (
    BODY,
    HEEL,
    OPENING,
    SOLE_TOP_V,
    ShoeGeometry,
    SurfacePoints,
)
from igan.data.rendering.parameters import Colour, ShoeParameters

Array = np.ndarray

BACKDROP_LEVEL = 0.965
SHADOW_DEPTH = 0.45
HIGHLIGHT = 0.55
LACE_COLOUR: Colour = (0.97, 0.96, 0.93)


def surface_colour(shoe: ShoeGeometry, points: SurfacePoints) -> tuple[Array, Array]:
    """Return the diffuse colour (K, 3) and the highlight (K, 1) of surface points (K,), sRGB.

    The colour that is seen is their sum, clipped to [0, 1].
    """
    diffuse = np.empty((len(points.u), 3), np.float32)
    highlight = np.zeros((len(points.u), 1), np.float32)
    for part, look in ((BODY, _body), (HEEL, _heel), (OPENING, _opening)):
        chosen = np.flatnonzero(points.part == part)
        u, v = points.u[chosen], points.v[chosen]
        diffuse[chosen] = look(shoe.parameters, u, v)
        if part == BODY:
            highlight[chosen, 0] = _body_highlight(shoe.parameters, u, v)
    return diffuse, highlight


def backdrop_level(shoe: ShoeGeometry, x: Array, y: Array) -> Array:
    """Return the grey level of the backdrop, with the contact shadow, at picture coordinates,
    which broadcast, as float32."""
    along = (x - 0.5) / (shoe.length / 2)
    height = (y - shoe.ground_y) / 0.028
    across = np.exp(-((along / 0.94) ** 8) - shoe.lift(x) / 0.05)
    return (BACKDROP_LEVEL - SHADOW_DEPTH * np.exp(-0.5 * height * height) * across).astype(
        np.float32
    )


def _body(p: ShoeParameters, u: Array, v: Array) -> Array:
    """Diffuse colour of the body: upper, then trim, laces, collar, sole and its line over it."""
    toe_edge = 0.76 + 1.2 * np.maximum(v - 0.22, 0) ** 2
    counter_edge = 0.2 - 0.9 * (v - 0.38) ** 2
    on_side = _above(v, 0.27, 0.02) * _above(0.6, v, 0.02)
    slanted = u + 0.35 * (v - 0.45)
    stripe = sum(_line(slanted, centre, 0.028) for centre in (0.36, 0.47, 0.58))
    plain = 1 - p.toe_cap * _above(u, toe_edge, 0.012)
    plain *= 1 - 0.55 * p.toe_cap * _above(counter_edge, u, 0.012)
    plain *= 1 - p.stripes * on_side * stripe
    lacing = _above(u, 0.8, 0.01) * _above(0.975, u, 0.01) * _above(v, 0.5, 0.01)
    laces = p.laces * lacing * _rungs(v, 0.075)
    collar = 0.85 * _above(v, 0.93, 0.012)
    sole = _above(SOLE_TOP_V, v, 0.008)
    line = 0.7 * _line(v, 0.12, 0.022)

    shares = np.empty((len(u), 4), np.float32)
    shares[:, 0] = plain * (1 - laces) * (1 - collar) * (1 - sole)
    shares[:, 2] = laces * (1 - collar) * (1 - sole)
    shares[:, 3] = sole * (1 - line)
    shares[:, 1] = 1 - shares[:, 0] - shares[:, 2] - shares[:, 3]
    colours = np.array([p.upper, p.trim, LACE_COLOUR, p.sole], np.float32)
    seams = _line(u, toe_edge, 0.012) + _line(u, counter_edge, 0.012)
    weave = np.sin(110 * u) * np.sin(90 * v)
    light = _body_light(u, v) * (1 - (1 - sole) * (0.3 * seams + 0.025 * weave))
    return (shares @ colours) * light[:, None]


def _heel(p: ShoeParameters, u: Array, v: Array) -> Array:
    colour = 0.65 * np.array(p.sole, np.float32) + 0.35 * np.array(p.upper, np.float32)
    return colour * (0.62 + 0.3 * _bump(u, 0.45, 0.35))[:, None]


def _opening(p: ShoeParameters, u: Array, v: Array) -> Array:
    lining = 0.5 * np.array(p.upper, np.float32) + 0.5 * np.array(p.trim, np.float32)
    inside = lining * (0.42 - 0.2 * v + 0.06 * u)[:, None]
    rim = 0.8 * _above(u * u + v * v, 0.74, 0.09)[:, None]
    return inside + rim * (0.85 * np.array(p.trim, np.float32) - inside)


def _body_light(u: Array, v: Array) -> Array:
    """Light from the upper right: the front shines, the heel and all rims turn away."""
    light = 0.74 + 0.2 * np.minimum(v / 0.6, 1) + 0.16 * _bump(u, 0.78, 0.2)
    light -= 0.34 * np.exp(-u / 0.05) + 0.16 * np.exp((u - 1) / 0.025)
    light -= 0.22 * np.exp(-np.abs(v - SOLE_TOP_V) / 0.035) * (v > SOLE_TOP_V)
    return light


def _body_highlight(p: ShoeParameters, u: Array, v: Array) -> Array:
    vamp = _bump(u, 0.84, 0.05) * _bump(v, 0.44, 0.12)
    back = 0.5 * _bump(u, 0.1, 0.03) * _bump(v, 0.42, 0.1)
    shaft = 0.4 * _bump(u, 0.7, 0.07) * _bump(v, 0.78, 0.1)
    return HIGHLIGHT * p.gloss**1.5 * (vamp + back + shaft)


def _above(value: Array | float, edge: Array | float, softness: float) -> Array:
    """Return 0 where value lies below an edge and 1 above it, with a soft step between."""
    t = np.clip((value - edge) / (2 * softness) + 0.5, 0, 1)
    return t * t * (3 - 2 * t)


def _line(value: Array, centre: Array | float, half_width: float) -> Array:
    return np.clip(1.5 * (1 - np.abs(value - centre) / (1.5 * half_width)), 0, 1)


def _bump(value: Array, centre: float, width: float) -> Array:
    t = (value - centre) / width
    return np.exp(-0.5 * t * t)


def _rungs(value: Array, period: float) -> Array:
    return np.clip(0.5 + 2.5 * np.sin((2 * np.pi / period) * value), 0, 1)
