"""Resize: every axis is resampled on its own, by a matrix of its interpolation weights.

Where Torch has the same interpolation as an operator of its own, that runs instead.
"""

import functools
import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.registry import Function, Node, Numbers, operator

COORDINATES = (
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_half_pixel_for_nn",
)
MODES = ("nearest", "linear", "cubic")
ROUNDINGS = ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")


@operator("Resize", shape_inputs=(1, 2, 3))
def resize(node: Node) -> Function:
    mode = node.text("mode", "nearest", MODES)
    coordinates = node.text("coordinate_transformation_mode", "half_pixel", COORDINATES)
    rounding = node.text("nearest_mode", "round_prefer_floor", ROUNDINGS)
    sharpness = node.number("cubic_coeff_a", -0.75)
    inside_alone = bool(node.integer("exclude_outside", 0))
    antialias = bool(node.integer("antialias", 0))
    axes = node.integers("axes")
    node.text("keep_aspect_ratio_policy", "stretch", ("stretch",))
    node.ignore("extrapolation_value")

    def run(
        source: Tensor,
        roi: Numbers | None = None,
        scales: Numbers | None = None,
        sizes: Numbers | None = None,
    ) -> Tensor:
        resized = list(range(source.ndim)) if axes is None else [a % source.ndim for a in axes]
        lengths, factors = list(source.shape), [1.0] * source.ndim
        for place, axis in enumerate(resized):
            if scales is not None and scales.size:
                factors[axis] = scales[place]
                if factors[axis] != 1:
                    lengths[axis] = math.floor(source.shape[axis] * factors[axis])
            elif sizes is not None and not _same(sizes[place], source.shape[axis]):
                lengths[axis] = sizes[place]
                factors[axis] = sizes[place] / source.shape[axis]
        changed = [axis for axis in range(source.ndim) if factors[axis] != 1]
        if antialias and any(factors[axis] < 1 for axis in changed):
            raise node.refuse("makes images smaller with antialias, which is not supported")
        if source.ndim == 4 and 0 not in changed and 1 not in changed:
            torch_mode = _torch_mode(mode, coordinates, rounding, source.shape, lengths, factors)
            if torch_mode is not None:
                return _interpolate(source, lengths[2:], factors[2:], torch_mode)
        for axis in changed:
            weights = interpolation_matrix(
                mode,
                coordinates,
                rounding,
                sharpness,
                inside_alone,
                int(source.shape[axis]),
                int(lengths[axis]),
                float(factors[axis]),
            )
            matrix = torch.tensor(weights, dtype=source.dtype, device=source.device)
            source = (source.movedim(axis, -1) @ matrix.t()).movedim(-1, axis)
        return source

    return run


def _same(wanted: object, length: object) -> bool:
    """Whether two lengths are equal without asking what a symbolic one is."""
    return wanted is length or bool(wanted == length)


def _torch_mode(
    mode: str,
    coordinates: str,
    rounding: str,
    shape: Sequence[int],
    lengths: Sequence[int],
    factors: Sequence[float],
) -> str | None:
    """The mode of Torch's interpolation that gives the same result, or None."""
    if mode == "linear":
        if coordinates in ("half_pixel", "pytorch_half_pixel") and all(
            length > 1 for length in lengths[2:]
        ):
            return "half_pixel"
        return "align_corners" if coordinates == "align_corners" else None
    if mode == "nearest" and all(
        _is_repetition(coordinates, rounding, shape[axis], lengths[axis], factors[axis])
        for axis in (2, 3)
    ):
        return "nearest"
    return None


def _is_repetition(
    coordinates: str, rounding: str, length: int, new_length: int, factor: float
) -> bool:
    """Whether nearest neighbours repeat each value `factor` times."""
    if new_length % length:
        return False
    times = new_length // length
    places = nearest_places(coordinates, rounding, length, new_length, factor)
    return places == [place // times for place in range(new_length)]


def _interpolate(
    source: Tensor, size: Sequence[int], factors: Sequence[float], torch_mode: str
) -> Tensor:
    if torch_mode == "nearest":
        return functional.interpolate(source, size=tuple(size), mode="nearest")
    if torch_mode == "align_corners":
        return functional.interpolate(source, tuple(size), mode="bilinear", align_corners=True)
    scale = tuple(float(factor) for factor in factors)
    result = functional.interpolate(source, scale_factor=scale, mode="bilinear")
    if tuple(result.shape[2:]) == tuple(size):
        return result
    return functional.interpolate(source, tuple(size), mode="bilinear")


def source_coordinate(
    coordinates: str, place: int, length: int, new_length: int, factor: float
) -> float:
    """Where along an axis of `length` the value `place` of `new_length` is taken from."""
    if coordinates == "align_corners":
        return 0.0 if new_length == 1 else place * (length - 1) / (new_length - 1)
    if coordinates == "asymmetric":
        return place / factor
    if coordinates == "tf_half_pixel_for_nn":
        return (place + 0.5) / factor
    if coordinates == "pytorch_half_pixel" and new_length == 1:
        return 0.0
    offset = 0.0
    if coordinates == "half_pixel_symmetric":
        offset = length / 2 * (1 - new_length / (factor * length))
    return offset + (place + 0.5) / factor - 0.5


def nearest_places(
    coordinates: str, rounding: str, length: int, new_length: int, factor: float
) -> list[int]:
    """The place that each new value along an axis is taken from."""
    round_to = {
        "round_prefer_floor": lambda x: math.ceil(x - 0.5),
        "round_prefer_ceil": lambda x: math.floor(x + 0.5),
        "floor": math.floor,
        "ceil": math.ceil,
    }[rounding]
    found = [
        round_to(source_coordinate(coordinates, place, length, new_length, factor))
        for place in range(new_length)
    ]
    return [min(max(place, 0), length - 1) for place in found]


@functools.lru_cache(maxsize=256)
def interpolation_matrix(
    mode: str,
    coordinates: str,
    rounding: str,
    sharpness: float,
    inside_alone: bool,
    length: int,
    new_length: int,
    factor: float,
) -> tuple[tuple[float, ...], ...]:
    """Weights `(new_length, length)`: each new value is a sum of old ones.

    Cubic weights are Keys's, with `sharpness` for his a. What lies outside is the edge, or with
    `inside_alone` does not count.
    """
    rows = [[0.0] * length for _ in range(new_length)]
    if mode == "nearest":
        for row, place in zip(
            rows, nearest_places(coordinates, rounding, length, new_length, factor), strict=True
        ):
            row[place] = 1.0
        return tuple(map(tuple, rows))
    for place, row in enumerate(rows):
        where = source_coordinate(coordinates, place, length, new_length, factor)
        first = math.floor(where)
        knots = range(first, first + 2) if mode == "linear" else range(first - 1, first + 3)
        for knot in knots:
            distance = abs(where - knot)
            weight = 1 - distance if mode == "linear" else cubic_weight(distance, sharpness)
            if 0 <= knot < length or not inside_alone:
                row[min(max(knot, 0), length - 1)] += weight
        total = sum(row)
        row[:] = [weight / total for weight in row]
    return tuple(map(tuple, rows))


def cubic_weight(distance: float, sharpness: float) -> float:
    """Keys's convolution kernel at a distance of 0 to 2 (Keys 1981, equation 4)."""
    if distance < 1:
        return (sharpness + 2) * distance**3 - (sharpness + 3) * distance**2 + 1
    return sharpness * (distance**3 - 5 * distance**2 + 8 * distance - 4)
