"""Directions for the bounded quasi-Newton solver: pure functions over independent rows.

Everything here is small, (M, d) with d the latent dimension, and float64: NumPy spends a fraction
of Torch's overhead on such arrays.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

LEAST_CURVATURE = 1e-9
"""A pair (s, y) is used only where s.y exceeds this share of |s||y|."""

NEAR_BOUND = 1e-3
"""Distance below which a bound stops a coordinate; it shrinks with the projected gradient."""


@dataclass(frozen=True)
class Box:
    """Lower and upper limits, each (d,), possibly infinite."""

    low: Array
    high: Array

    def clamp(self, z: Array) -> Array:
        return np.minimum(np.maximum(z, self.low), self.high)

    def projected_gradient(self, z: Array, gradient: Array) -> Array:
        """z - clamp(z - gradient): zero exactly where z cannot be improved to first order."""
        return z - self.clamp(z - gradient)


def row_dot(a: Array, b: Array) -> Array:
    """Inner product over the last axis."""
    return (a * b).sum(-1)


def usable_curvature(steps: Array, changes: Array) -> Mask:
    """Where pairs (..., d) have clearly positive curvature s.y: bool (...)."""
    scale = np.sqrt(row_dot(steps, steps) * row_dot(changes, changes))
    return row_dot(steps, changes) > LEAST_CURVATURE * scale


def newton_step(gradient: Array, steps: Array, changes: Array, free: Mask) -> Array:
    """Minus the L-BFGS inverse Hessian times the gradient, within the free coordinates.

    The two-loop recursion (Nocedal and Wright, algorithm 7.4) on the pairs restricted to the free
    subspace, which is the two-metric projection of Bertsekas (1982) with an L-BFGS metric. Without
    a usable pair the answer is the steepest descent of length one.

    Args:
        gradient: (M, d).
        steps, changes: (M, history, d), differences of iterates and of gradients, oldest first;
            unused slots hold zeros.
        free: (M, d), the coordinates that may move.
    """
    steps = steps * free[:, None]
    changes = changes * free[:, None]
    usable = usable_curvature(steps, changes)
    inverse = _inverse(row_dot(steps, changes), usable)
    slots = np.flatnonzero(usable.any(0))

    residual = gradient * free
    alphas = {}
    for slot in slots[::-1]:
        alphas[slot] = inverse[:, slot] * row_dot(steps[:, slot], residual)
        residual = residual - alphas[slot][:, None] * changes[:, slot]
    residual = residual * _first_scale(residual, changes, inverse, usable)[:, None]
    for slot in slots:
        beta = inverse[:, slot] * row_dot(changes[:, slot], residual)
        residual = residual + (alphas[slot] - beta)[:, None] * steps[:, slot]
    return -residual


def _first_scale(residual: Array, changes: Array, inverse: Array, usable: Mask) -> Array:
    """The initial inverse Hessian: s.y / y.y of the newest usable pair (equation 7.20), (M,)."""
    rows = np.arange(len(usable))
    newest = usable.shape[1] - 1 - usable[:, ::-1].argmax(1)
    change = changes[rows, newest]
    curved = usable[rows, newest]
    return np.where(
        curved,
        _inverse(inverse[rows, newest] * row_dot(change, change), curved),
        unit_length(residual),
    )


def bounded_direction(z: Array, gradient: Array, steps: Array, changes: Array, box: Box) -> Array:
    """A descent direction (M, d) whose projected arc clamp(z + t * direction) descends as well.

    A coordinate near a bound that its gradient pushes against takes the projected gradient step,
    which ends on the bound at most. One that the quasi-Newton step would drive against a near bound
    although its gradient points inside is held. Without this the arc may climb (Bertsekas 1982).
    """
    projected = box.projected_gradient(z, gradient)
    near = np.minimum(np.abs(projected).max(-1, keepdims=True), NEAR_BOUND)
    at_low = z - box.low <= near
    at_high = box.high - z <= near
    against_bound = (at_low & (gradient > 0)) | (at_high & (gradient < 0))
    free = ~against_bound
    while True:
        direction = newton_step(gradient, steps, changes, free)
        outward = free & ((at_low & (direction < 0)) | (at_high & (direction > 0)))
        if not outward.any():
            break
        free = free & ~outward
    return direction - np.where(~free & against_bound, projected, 0.0)


def steepest_direction(z: Array, gradient: Array, box: Box) -> Array:
    """The projected steepest descent, of length one, (M, d)."""
    descent = -box.projected_gradient(z, gradient)
    return descent * unit_length(descent)[:, None]


def unit_length(vectors: Array) -> Array:
    """What each row must be multiplied by to have length one; zero for a row of zeros."""
    length = np.sqrt(row_dot(vectors, vectors))
    return _inverse(length, length > 0)


def _inverse(values: Array, where: Mask) -> Array:
    return np.divide(1.0, values, out=np.zeros_like(values), where=where)
