import numpy as np

from serve.latent.quasi_newton import (
    Box,
    bounded_direction,
    newton_step,
    row_dot,
    steepest_direction,
)


def unit_box(dim: int) -> Box:
    return Box(-np.ones(dim), np.ones(dim))


def test_projected_gradient_vanishes_only_against_a_bound() -> None:
    z = np.array([[-1.0, -1.0, 1.0, 1.0, 0.0]])
    gradient = np.array([[0.3, -0.3, 0.3, -0.3, 0.3]])
    projected = unit_box(5).projected_gradient(z, gradient)
    np.testing.assert_allclose(projected, [[0.0, -0.3, 0.3, 0.0, 0.3]])


def test_pairs_that_span_a_quadratic_give_its_newton_step() -> None:
    """With s along the eigenvectors of A and y = A s the recursion is A^-1 exactly."""
    random = np.random.default_rng(0)
    basis, _ = np.linalg.qr(random.normal(size=(5, 5)))
    a = basis @ np.diag([1.0, 2.0, 3.0, 4.0, 50.0]) @ basis.T
    gradient = random.normal(size=(2, 5))
    steps = np.broadcast_to(basis.T, (2, 5, 5))
    step = newton_step(gradient, steps, steps @ a, np.ones((2, 5), dtype=bool))
    np.testing.assert_allclose(step, -np.linalg.solve(a, gradient.T).T)


def test_pairs_with_negative_curvature_and_empty_slots_are_passed_over() -> None:
    random = np.random.default_rng(1)
    gradient = random.normal(size=(2, 4))
    steps, changes = random.normal(size=(2, 3, 4)), np.zeros((2, 3, 4))
    changes[0] = 2 * steps[0]
    changes[1, 0] = 3 * steps[1, 0]
    steps[1, 1] = 0
    changes[1, 2] = -steps[1, 2]
    free = np.ones((2, 4), dtype=bool)
    step = newton_step(gradient, steps, changes, free)
    alone = newton_step(gradient[1:], steps[1:, :1], changes[1:, :1], free[1:])
    np.testing.assert_array_equal(step[1:], alone)
    np.testing.assert_allclose(step[0], -gradient[0] / 2)


def test_without_any_pair_the_step_is_steepest_and_of_length_one() -> None:
    gradient = np.array([[3.0, 4.0, 7.0], [0.0, 0.0, 0.0]])
    free = np.array([[True, True, False], [True, True, True]])
    step = newton_step(gradient, np.zeros((2, 2, 3)), np.zeros((2, 2, 3)), free)
    np.testing.assert_allclose(step, [[-0.6, -0.8, 0.0], [0.0, 0.0, 0.0]])


def test_fixed_coordinates_do_not_move_or_influence() -> None:
    random = np.random.default_rng(2)
    gradient, steps = random.normal(size=(1, 4)), random.normal(size=(1, 3, 4))
    changes = 2 * steps + 0.1 * random.normal(size=(1, 3, 4))
    free = np.array([[True, False, True, True]])
    step = newton_step(gradient, steps, changes, free)
    smaller = newton_step(
        gradient[:, free[0]], steps[:, :, free[0]], changes[:, :, free[0]], free[:, free[0]]
    )
    assert step[0, 1] == 0
    np.testing.assert_allclose(step[:, free[0]], smaller)


def test_the_projected_arc_descends_from_the_very_edge() -> None:
    """Random metrics, points on or near the bounds: a short step along the arc must descend."""
    random = np.random.default_rng(3)
    count, dim = 200, 6
    factor = random.normal(size=(count, 8, dim))
    metric = factor.transpose(0, 2, 1) @ factor
    steps = random.normal(size=(count, 5, dim))
    gradient = random.normal(size=(count, dim))
    z = random.integers(-1, 2, (count, dim)) * (1 - 1e-7 * random.random((count, dim)))
    direction = bounded_direction(z, gradient, steps, steps @ metric, unit_box(dim))
    taken = unit_box(dim).clamp(z + 1e-4 * direction) - z
    assert (row_dot(gradient, taken) < 0).all()


def test_steepest_direction_is_a_unit_vector_or_nothing() -> None:
    z = np.array([[0.0, 0.0], [1.0, 1.0]])
    gradient = np.array([[3.0, 4.0], [-1.0, -1.0]])
    box = Box(np.full(2, -np.inf), np.ones(2))
    direction = steepest_direction(z, gradient, box)
    np.testing.assert_allclose(direction, [[-0.6, -0.8], [0.0, 0.0]])
