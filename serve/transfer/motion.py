"""One update of the motion while the colour map stands still."""

import numpy as np
import numpy.typing as npt

from serve.transfer.colour import apply_linear_part
from serve.transfer.sampling import Reading, pixel_centres
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]

TINY = np.float32(1e-20)


def update_motion(
    reading: Reading,
    target: FloatArray,
    motion: FloatArray,
    colour_map: FloatArray,
    settings: TransferSettings,
    keep_shape: bool = False,
) -> FloatArray:
    """Take one Gauss-Newton step on the motion of all pairs at once.

    Linearising the colour-compensated source around the present motion f leaves a quadratic in the
    new motion f': the data term of Lucas and Kanade with the smoothness of Horn and Schunck,

        sum_p w(p) ||I_1(p) - A I_0(p + f) - A grad I_0(p + f) (f' - f)||^2
        + sigma_s sum_pq k(p, q) ||f'(p) - f'(q)||^2,

    the second sum over all neighbours p and q. The weight w joins that of a Charbonnier penalty at
    the present residual with the constraint normalisation of Zimmer, Bruhn and Weickert (2011), so
    that strong edges do not outvote smoothness; it is 0 where p + f leaves the source. The weight
    k = 1 / (1 + ||I_1(p) - I_1(q)||^2 / c^2) lets the motion break at contours. The normal
    equations, two unknowns a pixel, are solved by conjugate gradients, preconditioned by their
    2 x 2 diagonal blocks, started at f.

    Args:
        reading: I_0 and its slopes at p + f.
        target: I_1, float32 (N, C, H, W).
        motion: f, float32 (N, 2, H, W), target to source.
        colour_map: A, float32 (N, C, C + 1, H, W).
        settings: weights.
        keep_shape: let smoothness hold for the change f' - f instead of f', so that a motion that
            is known to be about right is corrected and not flattened.

    Returns:
        f', float32 (N, 2, H, W).
    """
    residual = target - apply_linear_part(colour_map, reading.value) - colour_map[:, :, -1]
    slope_x = apply_linear_part(colour_map, reading.slope_x)
    slope_y = apply_linear_part(colour_map, reading.slope_y)
    xx, xy, yy = _dot(slope_x, slope_x), _dot(slope_x, slope_y), _dot(slope_y, slope_y)
    robust = np.sqrt(1 + _dot(residual, residual) / settings.robust_difference**2)
    weight = _inside(motion) / (robust * (xx + yy + settings.faint_contrast**2))
    xx, xy, yy = weight * xx, weight * xy, weight * yy
    pull_x, pull_y = weight * _dot(slope_x, residual), weight * _dot(slope_y, residual)
    # Components lead from here on: the solver works on (2, N, H, W), each of them in one piece.
    present = np.ascontiguousarray(motion.swapaxes(0, 1))
    system = _System(xx, xy, yy, target, settings)
    right = np.stack([pull_x, pull_y])
    if keep_shape:
        start = np.zeros_like(present)
        solution = present + _solve(system, right, start, settings.motion_solver_steps)
    else:
        right += _blocks_times(xx, xy, yy, present)
        solution = _solve(system, right, present, settings.motion_solver_steps)
    return np.ascontiguousarray(solution.swapaxes(0, 1))


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.einsum("nchw,nchw->nhw", a, b)


def _inside(motion: FloatArray) -> FloatArray:
    height, width = motion.shape[-2:]
    position = motion + pixel_centres(height, width)
    x, y = position[:, 0], position[:, 1]
    return ((x >= 0) & (x <= width) & (y >= 0) & (y <= height)).astype(np.float32)


class _System:
    """The matrix of the normal equations: data blocks and bonds between neighbours."""

    def __init__(
        self,
        xx: FloatArray,
        xy: FloatArray,
        yy: FloatArray,
        target: FloatArray,
        settings: TransferSettings,
    ) -> None:
        self._down = _bond(target, -2, settings)
        self._right = _bond(target, -1, settings)
        diagonal = np.zeros_like(xx)
        diagonal[:, :-1] += self._down
        diagonal[:, 1:] += self._down
        diagonal[:, :, :-1] += self._right
        diagonal[:, :, 1:] += self._right
        self._xx, self._xy, self._yy = xx + diagonal, xy, yy + diagonal
        determinant = self._xx * self._yy - xy * xy
        self._inverse = (self._yy / determinant, -xy / determinant, self._xx / determinant)

    def times(self, f: FloatArray) -> FloatArray:
        """Multiply motions (2, N, H, W)."""
        result = _blocks_times(self._xx, self._xy, self._yy, f)
        result[..., :-1, :] -= self._down * f[..., 1:, :]
        result[..., 1:, :] -= self._down * f[..., :-1, :]
        result[..., :-1] -= self._right * f[..., 1:]
        result[..., 1:] -= self._right * f[..., :-1]
        return result

    def preconditioned(self, f: FloatArray) -> FloatArray:
        """Multiply by the inverse of the diagonal blocks."""
        return _blocks_times(*self._inverse, f)


def _bond(target: FloatArray, axis: int, settings: TransferSettings) -> FloatArray:
    """sigma_s k between neighbours along an axis."""
    difference = np.diff(target, axis=axis)
    contrast = _dot(difference, difference) / np.float32(settings.contour_contrast**2)
    bond: FloatArray = np.float32(settings.motion_smoothness) / (1 + contrast)
    return bond


def _solve(system: _System, right: FloatArray, start: FloatArray, steps: int) -> FloatArray:
    """Solve system f = right for each pair by preconditioned conjugate gradients."""
    solution = start.copy()
    remainder = right - system.times(start)
    direction = system.preconditioned(remainder)
    product = _inner(remainder, direction)
    for _ in range(steps):
        image = system.times(direction)
        step = _ratio(product, _inner(direction, image))
        solution += step * direction
        image *= step
        remainder -= image
        preconditioned = system.preconditioned(remainder)
        next_product = _inner(remainder, preconditioned)
        direction *= _ratio(next_product, product)
        direction += preconditioned
        product = next_product
    return solution


def _blocks_times(xx: FloatArray, xy: FloatArray, yy: FloatArray, f: FloatArray) -> FloatArray:
    result = np.empty_like(f)
    np.multiply(xx, f[0], out=result[0])
    result[0] += xy * f[1]
    np.multiply(yy, f[1], out=result[1])
    result[1] += xy * f[0]
    return result


def _inner(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.einsum("knhw,knhw->n", a, b)[:, None, None]


def _ratio(a: FloatArray, b: FloatArray) -> FloatArray:
    """Divide, giving 0 where all has been solved and both are 0."""
    result: FloatArray = np.divide(a, np.maximum(b, TINY))
    return result
