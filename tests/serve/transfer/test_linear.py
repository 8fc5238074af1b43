import numpy as np

from serve.transfer.linear import solve_symmetric


def test_solutions_are_those_of_numpy():
    rng = np.random.default_rng(0)
    factors = rng.standard_normal((5, 6, 4, 8))
    systems = factors @ factors.swapaxes(-1, -2) + 0.1 * np.eye(4)
    right = rng.standard_normal((5, 6, 4, 3))
    lower = [[systems[..., i, j] for j in range(i + 1)] for i in range(4)]
    planes = [np.moveaxis(right[..., i, :], -1, 0) for i in range(4)]
    solution = np.stack(solve_symmetric(lower, planes))
    expected = np.linalg.solve(systems, right)
    assert np.allclose(np.moveaxis(solution, (0, 1), (-2, -1)), expected, atol=1e-9)
