"""What a rendered shoe looks like, as numbers that can be blended."""

import colorsys
from dataclasses import astuple, dataclass, fields
from typing import Any

import numpy as np

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class ShoeParameters:
    """A shoe seen from its side, its toe to the right; every number lies in [0, 1].

    Attributes:
        length: short to long.
        foot_height: flat to high, sole to instep.
        shaft_height: slipper to boot.
        shaft_width: narrow to wide opening.
        shaft_lean: back over the heel, to forward over the toe.
        toe_fullness: pointed to round.
        instep: the upper drops to the toe early, or late.
        sole_thickness: thin to thick.
        heel_height: flat to high.
        heel_width: stiletto to block.
        toe_cap: cover of the trim's colour on toe and heel; at 0 only seams are seen there.
        stripes: cover of the trim's colour on the side stripes.
        laces: cover of the laces.
        gloss: cloth to patent leather.
        upper, trim, sole: colours, sRGB.
    """

    length: float
    foot_height: float
    shaft_height: float
    shaft_width: float
    shaft_lean: float
    toe_fullness: float
    instep: float
    sole_thickness: float
    heel_height: float
    heel_width: float
    toe_cap: float
    stripes: float
    laces: float
    gloss: float
    upper: Colour
    trim: Colour
    sole: Colour

    def __post_init__(self) -> None:
        numbers = np.hstack(astuple(self))
        if not ((numbers >= 0) & (numbers <= 1)).all():
            raise ValueError("every shoe parameter lies in [0, 1]")


def blend(start: ShoeParameters, end: ShoeParameters, fraction: float) -> ShoeParameters:
    """Return the shoe at `fraction` in [0, 1] of the straight way from one to another."""

    def mixed(a: float, b: float) -> float:
        return min(max(a + fraction * (b - a), 0.0), 1.0)

    def mixed_field(a: float | Colour, b: float | Colour) -> float | Colour:
        if isinstance(a, tuple) and isinstance(b, tuple):
            return (mixed(a[0], b[0]), mixed(a[1], b[1]), mixed(a[2], b[2]))
        return mixed(a, b)  # type: ignore[arg-type]

    names = [field.name for field in fields(ShoeParameters)]
    values: Any = {name: mixed_field(getattr(start, name), getattr(end, name)) for name in names}
    return ShoeParameters(**values)


def sample_parameters(seed: int, index: int) -> ShoeParameters:
    """Return shoe number `index` of the endless set of `seed`; the same whenever it is asked."""
    rng = np.random.Generator(np.random.Philox(key=[seed, index]))
    uniform = rng.uniform
    is_heeled = uniform() < 0.3
    is_boot = uniform() < (0.25 if is_heeled else 0.4)
    is_sporty = not is_heeled and uniform() < 0.75
    upper, trim, sole = _sample_colours(rng)
    return ShoeParameters(
        length=uniform(0.0, 1.0),
        foot_height=uniform(0.0, 0.6) if is_heeled else uniform(0.2, 1.0),
        shaft_height=uniform(0.35, 1.0) if is_boot else uniform(0.0, 0.3),
        shaft_width=uniform(0.0, 1.0),
        shaft_lean=uniform(0.0, 1.0),
        toe_fullness=uniform(0.0, 0.6) if is_heeled else uniform(0.3, 1.0),
        instep=uniform(0.0, 1.0),
        sole_thickness=uniform(0.0, 0.3) if is_heeled else uniform(0.1, 1.0),
        heel_height=uniform(0.35, 1.0) if is_heeled else uniform(0.0, 0.08),
        heel_width=uniform(0.0, 1.0),
        toe_cap=uniform(0.3, 1.0) if uniform() < 0.5 else uniform(0.0, 0.1),
        stripes=uniform(0.6, 1.0) if is_sporty and uniform() < 0.7 else uniform(0.0, 0.1),
        laces=uniform(0.6, 1.0) if is_sporty else uniform(0.0, 0.1),
        gloss=uniform(0.5, 1.0) if is_heeled else uniform(0.0, 0.7),
        upper=upper,
        trim=trim,
        sole=sole,
    )


def _sample_colours(rng: np.random.Generator) -> tuple[Colour, Colour, Colour]:
    """Draw colours of upper, trim and sole that go together."""
    uniform = rng.uniform
    hue = uniform()
    kind = uniform()
    if kind < 0.6:
        upper = _hsv(hue, uniform(0.4, 0.85), uniform(0.4, 0.88))
    elif kind < 0.78:
        upper = _hsv(uniform(0.05, 0.1), uniform(0.35, 0.75), uniform(0.35, 0.8))
    else:
        upper = _hsv(hue, uniform(0.0, 0.12), uniform(0.15, 0.9))
    accent = uniform()
    if accent < 0.4:
        trim = _hsv(0.12, uniform(0.0, 0.1), uniform(0.9, 0.98))
    elif accent < 0.75:
        trim = _hsv(hue + uniform(0.3, 0.7), uniform(0.4, 0.9), uniform(0.45, 0.95))
    else:
        trim = _hsv(hue, uniform(0.1, 0.4), uniform(0.12, 0.3))
    ground = uniform()
    if ground < 0.55:
        sole = _hsv(0.12, uniform(0.0, 0.12), uniform(0.82, 0.95))
    elif ground < 0.8:
        sole = _hsv(uniform(0.06, 0.1), uniform(0.3, 0.6), uniform(0.35, 0.7))
    else:
        sole = _hsv(hue, uniform(0.0, 0.2), uniform(0.13, 0.25))
    return upper, trim, sole


def _hsv(hue: float, saturation: float, value: float) -> Colour:
    return colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
