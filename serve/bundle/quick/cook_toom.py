"""Short convolutions with few multiplications: the transforms of Toom, Cook and Winograd.

m outputs of a convolution with r taps are `result @ ((weight @ w) * (data @ d))` for m + r - 1
inputs d: m + r - 1 multiplications instead of m * r (Lavin and Gray 2016, "Fast algorithms for
convolutional neural networks", for its use on images).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

POINTS = (0.0, 1.0, -1.0, 2.0, -0.5, 0.5, -2.0)
"""Where the polynomials are evaluated, besides infinity: small and symmetric keeps rounding low."""


@dataclass(frozen=True)
class Transforms:
    """Matrices of one axis: data (n, n), weight (n, r) and result (m, n), with n = m + r - 1."""

    data: Matrix
    weight: Matrix
    result: Matrix


def transforms(outputs: int, taps: int) -> Transforms:
    """The transforms for `outputs` results of a convolution with `taps` taps.

    Each row of `data` is scaled to sum to one in magnitude, and the row of `weight` the other way.

    Raises:
        ValueError: outputs + taps exceeds what `POINTS` reach, 9.
    """
    count = outputs + taps - 1
    if count > len(POINTS) + 1:
        raise ValueError(f"{outputs} outputs of {taps} taps need more than {len(POINTS)} points.")
    points = np.asarray(POINTS[: count - 1])
    data, weight = np.zeros((count, count)), np.zeros((count, taps))
    result = np.zeros((outputs, count))
    for row, point in enumerate(points):
        others = np.delete(points, row)
        data[row, :-1] = np.poly(others)[::-1]
        weight[row] = point ** np.arange(taps) / np.prod(point - others)
        result[:, row] = point ** np.arange(outputs)
    data[-1] = np.poly(points)[::-1]
    weight[-1, -1] = result[-1, -1] = 1.0
    scale = np.abs(data).sum(1, keepdims=True)
    return Transforms(data / scale, weight * scale, result)
