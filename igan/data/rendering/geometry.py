"""Where each point of a shoe's surface lies in the picture, and back.

The surface has three parts, each with coordinates (u, v) that stay with the material: the body
(u from heel to toe, v from the sole up), the heel block under it, and the opening on top. A point
of one shoe and the point of another with the same part, u and v correspond.

Picture coordinates are in units of the picture's side: origin at the upper left corner, x to the
right, y down.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from igan.data.rendering.parameters import ShoeParameters

BACKDROP, BODY, HEEL, OPENING = range(4)

SOLE_TOP_V = 0.2
FOOT_TOP_V = 0.65
TABLE_ROWS = 513
TOE_SPRING = 0.018
REACH = 0.56
"""No part of a shoe lies farther than this from the picture's middle, in lengths of the shoe."""

Array = np.ndarray


@dataclass(frozen=True)
class SurfacePoints:
    """What is seen at points of the picture; arrays of one shape.

    Attributes:
        part: int8, BACKDROP, BODY, HEEL or OPENING.
        u, v: float32, coordinates on the part; meaningless on the backdrop.
    """

    part: Array
    u: Array
    v: Array

    @classmethod
    def nowhere(cls, shape: tuple[int, ...]) -> Self:
        return cls(np.full(shape, BACKDROP, np.int8), *np.zeros((2, *shape), np.float32))

    def flat(self, indices: Array) -> "SurfacePoints":
        """Return the points at these flat indices, as arrays of one dimension."""
        return SurfacePoints(*(a.reshape(-1)[indices] for a in (self.part, self.u, self.v)))

    def set_where(self, rows: Array, part: int, u: Array, v: Array) -> None:
        """Assign the points of the mask `rows` to a part, as far as it reaches there."""
        reached = (u >= 0) & (u <= 1)
        self.part[rows] = np.where(reached, part, self.part[rows])
        self.u[rows], self.v[rows] = u, v


@dataclass(frozen=True)
class ShoeGeometry:
    """The outlines of one shoe. Heights are above the ground, along x is from the heel, both in
    units of the picture's side."""

    parameters: ShoeParameters

    @cached_property
    def length(self) -> float:
        return _between(0.72, 0.9, self.parameters.length)

    @cached_property
    def heel_x(self) -> float:
        return 0.5 - self.length / 2

    @cached_property
    def heel_lift(self) -> float:
        return _between(0.0, 0.17, self.parameters.heel_height)

    @cached_property
    def ground_y(self) -> float:
        return 0.515 + (self.heel_lift + float(self.height_of_v[-1])) / 2

    @cached_property
    def top_y(self) -> float:
        """No part of the shoe reaches above this."""
        _, y, _, radius_y = self.opening
        return y - radius_y

    @cached_property
    def height_of_v(self) -> Array:
        """Height of each row of the body above the lower edge of its sole, (TABLE_ROWS,)."""
        p = self.parameters
        return (
            _between(0.03, 0.075, p.sole_thickness) * _SECTIONS[0]
            + _between(0.17, 0.31, p.foot_height) * _SECTIONS[1]
            + _between(0.05, 0.38, p.shaft_height) * _SECTIONS[2]
        )

    @cached_property
    def back_of_v(self) -> Array:
        """Distance of the body's back edge from the heel, for each row."""
        lean = _between(-0.06, 0.06, self.parameters.shaft_lean) * self.parameters.shaft_height
        heel = [0.035, 0.0, 0.0, 0.005, 0.02, 0.03]
        shaft = [0.042 + lean / 3, 0.035 + lean, 0.02 + lean, 0.01 + lean]
        return self.length * (_SPLINE @ np.array(heel + shaft))

    @cached_property
    def front_of_v(self) -> Array:
        """Distance of the body's front edge from the heel, for each row."""
        p = self.parameters
        lean = _between(-0.06, 0.06, p.shaft_lean) * p.shaft_height
        front = _between(0.36, 0.5, p.shaft_width) + lean + 0.1 * (1 - p.shaft_height) ** 2
        instep = _between(0.54, 0.68, p.instep) + 0.07 * p.toe_fullness
        toe = [
            0.955,
            1.0,
            _between(0.99, 1.01, p.toe_fullness),
            _between(0.94, 1.04, p.toe_fullness),
            _between(0.78, 1.0, p.toe_fullness),
        ]
        shaft = [instep, (instep + front) / 2, front, front, front]
        return self.length * (_SPLINE @ np.array(toe + shaft))

    @cached_property
    def opening(self) -> tuple[float, float, float, float]:
        """Centre x, y and radii of the opening's ellipse."""
        back, front = self.back_of_v[-1], self.front_of_v[-1]
        half_width = float(front - back) / 2
        x = self.heel_x + float(front + back) / 2
        y = self.ground_y - float(self.height_of_v[-1]) - float(self.lift(np.array(x)))
        return x, y, half_width, 0.014 + 0.17 * half_width

    def lift(self, x: Array) -> Array:
        """Height of the sole's lower edge at picture coordinate x."""
        along = (x - self.heel_x) / self.length
        arch = _smooth_step((0.68 - along) / 0.5)
        spring = np.maximum(along - 0.78, 0) / 0.22
        return self.heel_lift * arch + TOE_SPRING * spring * spring

    def heel_edges(self, v: Array) -> tuple[Array, Array]:
        """Back and front edge of the heel block at height fraction v, from the heel."""
        width = _between(0.09, 0.32, self.parameters.heel_width)
        back = 0.035 + 0.02 * (1 - v)
        front = width + 0.035 - (0.25 * width + 0.01) * (1 - v)
        return self.length * back, self.length * front

    def locate(self, x: Array, y: Array) -> SurfacePoints:
        """Tell which surface point is seen at picture coordinates x and y, which broadcast."""
        above_ground = self.ground_y - y
        lift = self.lift(x)
        height = above_ground - lift
        points = SurfacePoints.nowhere(height.shape)
        along = np.broadcast_to(x - self.heel_x, height.shape)

        near = np.abs(x - 0.5) <= REACH * self.length
        rows = (height >= 0) & (height <= self.height_of_v[-1]) & near
        row = np.interp(height[rows], self.height_of_v, _ROWS).astype(np.float32)
        back, front = _lookup(row, self.back_of_v, self.front_of_v)
        points.set_where(rows, BODY, (along[rows] - back) / (front - back), row / _ROWS[-1])

        if self.heel_lift > 0:
            rows = (height < 0) & (above_ground >= 0)
            v = (
                (np.broadcast_to(above_ground, rows.shape)[rows])
                / (np.broadcast_to(lift, rows.shape)[rows])
            )
            back, front = self.heel_edges(v)
            points.set_where(rows, HEEL, (along[rows] - back) / (front - back), v)

        centre_x, centre_y, radius_x, radius_y = self.opening
        across, down = (x - centre_x) / radius_x, (y - centre_y) / radius_y
        inside = across * across + down * down <= 1
        across, down = np.broadcast_arrays(across, down)
        points.part[inside] = OPENING
        points.u[inside], points.v[inside] = across[inside], down[inside]
        return points

    def place(self, points: SurfacePoints) -> tuple[Array, Array]:
        """Return the picture coordinates of surface points: the inverse of `locate`."""
        u, v = points.u.astype(np.float64), points.v.astype(np.float64)
        row = np.clip(v, 0, 1) * (TABLE_ROWS - 1)
        back, front, height = _lookup(row, self.back_of_v, self.front_of_v, self.height_of_v)
        x = self.heel_x + back + u * (front - back)
        y = self.ground_y - self.lift(x) - height
        is_heel = points.part == HEEL
        heel_back, heel_front = self.heel_edges(v)
        heel_x = self.heel_x + heel_back + u * (heel_front - heel_back)
        heel_y = self.ground_y - v * self.lift(heel_x)
        is_opening = points.part == OPENING
        centre_x, centre_y, radius_x, radius_y = self.opening
        x = np.select([is_heel, is_opening], [heel_x, centre_x + u * radius_x], x)
        y = np.select([is_heel, is_opening], [heel_y, centre_y + v * radius_y], y)
        return x, y


def _between(low: float, high: float, fraction: float) -> float:
    return low + (high - low) * fraction


def _smooth_step(t: Array) -> Array:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _lookup(row: Array, *tables: Array) -> list[Array]:
    """Interpolate tables (TABLE_ROWS,) linearly at fractional rows."""
    lower = np.minimum(row.astype(np.int32), TABLE_ROWS - 2)
    fraction = row - lower
    values = (table.astype(row.dtype) for table in tables)
    return [value[lower] + fraction * np.diff(value)[lower] for value in values]


def _clamped_cubic_spline(controls: int) -> Array:
    """Return the (TABLE_ROWS, controls) matrix of a clamped uniform cubic B-spline on [0, 1]."""
    degree = 3
    inner = np.linspace(0, 1, controls - degree + 1)
    knots = np.concatenate([np.zeros(degree), inner, np.ones(degree)])
    t = np.minimum(np.linspace(0, 1, TABLE_ROWS), 1 - 1e-12)[:, None]
    basis = ((t >= knots[:-1]) & (t < knots[1:])).astype(np.float64)
    for order in range(1, degree + 1):
        span = knots[order:] - knots[:-order]
        safe = np.where(span > 0, span, 1)
        rising = np.where(span > 0, (t - knots[:-order]) / safe, 0)
        falling = np.where(span > 0, (knots[order:] - t) / safe, 0)
        basis = rising[:, :-1] * basis[:, :-1] + falling[:, 1:] * basis[:, 1:]
    return basis


def _section_shares() -> Array:
    """Return (3, TABLE_ROWS): the share of sole, foot and shaft that lies below each row."""
    v = np.linspace(0, 1, TABLE_ROWS)
    above_sole = _smooth_step((v - SOLE_TOP_V + 0.04) / 0.08)
    above_foot = _smooth_step((v - FOOT_TOP_V + 0.1) / 0.2)
    density = np.stack([1 - above_sole, above_sole - above_foot, above_foot])
    steps = (density[:, 1:] + density[:, :-1]) / 2
    below = np.concatenate([np.zeros((3, 1)), np.cumsum(steps, axis=1)], axis=1)
    return below / below[:, -1:]


_ROWS = np.arange(TABLE_ROWS, dtype=np.float64)
_SPLINE = _clamped_cubic_spline(10)
_SECTIONS = _section_shares()
