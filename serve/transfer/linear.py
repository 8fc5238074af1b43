"""Many small symmetric systems at once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


def solve_symmetric(
    lower: Sequence[Sequence[FloatArray]], right: Sequence[FloatArray]
) -> list[FloatArray]:
    """Solve a positive definite system at every pixel, by L D L^T.

    Args:
        lower: row i holds the planes of columns 0 to i.
        right: for each unknown an array to which the planes broadcast, such as (K, N, H, W).

    Returns:
        For each unknown an array like those in `right`.
    """
    size = len(right)
    factor = [list(row) for row in lower]
    pivot: list[FloatArray] = []
    for i in range(size):
        for j in range(i):
            for k in range(j):
                factor[i][j] = factor[i][j] - factor[i][k] * factor[j][k] * pivot[k]
            factor[i][j] = factor[i][j] / pivot[j]
        diagonal = factor[i][i]
        for k in range(i):
            diagonal = diagonal - factor[i][k] ** 2 * pivot[k]
        pivot.append(diagonal)
    solution = list(right)
    for i in range(size):
        for k in range(i):
            solution[i] = solution[i] - factor[i][k] * solution[k]
    for i in reversed(range(size)):
        solution[i] = solution[i] / pivot[i]
        for k in range(i + 1, size):
            solution[i] = solution[i] - factor[k][i] * solution[k]
    return solution
