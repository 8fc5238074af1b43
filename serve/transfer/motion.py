"""One update of the motion while the colour map stands still."""

import numpy as np
import numpy.typing as npt

from serve.transfer.colour import apply_linear_part
from serve.transfer.sampling import pixel_centres, pull_spline_with_slopes
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]

TINY = np.float32(1e-20)


def update_motion(
    source_coefficients: FloatArray,
    target: FloatArray,
    motion: FloatArray,
    colour_map: FloatArray,
    settings: TransferSettings,
) -> FloatArray:
    """Take one Gauss-Newton step on the motion of all pairs at once.

    Linearising the colour-compensated source around the present motion f leaves a quadratic in the
    new motion f': the data term of Lucas and Kanade with the smoothness of Horn and Schunck,

        sum_p w(p) ||I_1(p) - A I_0(p + f) - A grad I_0(p + f) (f' - f)||^2 + sigma_s ||grad f'||^2.

    The weight w joins that of a Charbonnier penalty at the present residual with the constraint
    normalisation of Zimmer, Bruhn and Weickert (2011), so that strong edges do not outvote
    smoothness; it is 0 where p + f leaves the source. The normal equations, two unknowns a pixel,
    are solved by conjugate gradients, preconditioned by their 2 x 2 diagonal blocks, started at f.

    Args:
        source_coefficients: of I_0, from `sampling.spline_coefficients`.
        target: I_1, float32 (N, C, H, W).
        motion: f, float32 (N, 2, H, W), target to source.
        colour_map: A, float32 (N, C, C + 1, H, W).
        settings: weights.

    Returns:
        f', float32 (N, 2, H, W).
    """
    value, slope_x, slope_y = pull_spline_with_slopes(source_coefficients, motion)
    residual = target - apply_linear_part(colour_map, value) - colour_map[:, :, -1]
    slope_x = apply_linear_part(colour_map, slope_x)
    slope_y = apply_linear_part(colour_map, slope_y)
    xx, xy, yy = _dot(slope_x, slope_x), _dot(slope_x, slope_y), _dot(slope_y, slope_y)
    robust = np.sqrt(1 + _dot(residual, residual) / settings.robust_difference**2)
    weight = _inside(motion) / (robust * (xx + yy + settings.faint_contrast**2))
    xx, xy, yy = weight * xx, weight * xy, weight * yy
    right = np.stack([weight * _dot(slope_x, residual), weight * _dot(slope_y, residual)], axis=1)
    right += _blocks_times(xx, xy, yy, motion)
    return _solve(xx, xy, yy, right, motion, settings)


def _dot(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.einsum("nchw,nchw->nhw", a, b)


def _inside(motion: FloatArray) -> FloatArray:
    height, width = motion.shape[-2:]
    position = motion + pixel_centres(height, width)
    x, y = position[:, 0], position[:, 1]
    return ((x >= 0) & (x <= width) & (y >= 0) & (y <= height)).astype(np.float32)


def _solve(
    xx: FloatArray,
    xy: FloatArray,
    yy: FloatArray,
    right: FloatArray,
    start: FloatArray,
    settings: TransferSettings,
) -> FloatArray:
    """Solve (data blocks - sigma_s Laplacian) f = right by preconditioned conjugate gradients."""
    smoothness = np.float32(settings.motion_smoothness)
    neighbours = smoothness * _neighbour_count(*start.shape[-2:])
    block_xx, block_yy = xx + neighbours, yy + neighbours
    determinant = block_xx * block_yy - xy * xy
    inverse = (block_yy / determinant, -xy / determinant, block_xx / determinant)

    def times_system(f: FloatArray) -> FloatArray:
        return _blocks_times(xx, xy, yy, f) + smoothness * _negative_laplacian(f)

    solution = start.copy()
    remainder = right - times_system(start)
    direction = _blocks_times(*inverse, remainder)
    product = _inner(remainder, direction)
    for _ in range(settings.motion_solver_steps):
        image = times_system(direction)
        step = _ratio(product, _inner(direction, image))
        solution += step * direction
        remainder -= step * image
        preconditioned = _blocks_times(*inverse, remainder)
        next_product = _inner(remainder, preconditioned)
        direction = preconditioned + _ratio(next_product, product) * direction
        product = next_product
    return solution


def _blocks_times(xx: FloatArray, xy: FloatArray, yy: FloatArray, f: FloatArray) -> FloatArray:
    return np.stack([xx * f[:, 0] + xy * f[:, 1], xy * f[:, 0] + yy * f[:, 1]], axis=1)


def _negative_laplacian(f: FloatArray) -> FloatArray:
    """Sum of the differences to the two to four neighbours of each pixel."""
    down, right = np.diff(f, axis=-2), np.diff(f, axis=-1)
    result = np.zeros_like(f)
    result[..., :-1, :] -= down
    result[..., 1:, :] += down
    result[..., :-1] -= right
    result[..., 1:] += right
    return result


def _neighbour_count(height: int, width: int) -> FloatArray:
    count = np.full((height, width), 4, dtype=np.float32)
    count[0] -= 1
    count[-1] -= 1
    count[:, 0] -= 1
    count[:, -1] -= 1
    return count


def _inner(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.einsum("nchw,nchw->n", a, b)[:, None, None, None]


def _ratio(a: FloatArray, b: FloatArray) -> FloatArray:
    """Divide, giving 0 where all has been solved and both are 0."""
    result: FloatArray = np.divide(a, np.maximum(b, TINY))
    return result
