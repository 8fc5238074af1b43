import torch

from serve.latent.bounds import Bounds


def test_clamp_takes_numbers_and_one_limit_a_dimension() -> None:
    z = torch.tensor([[-3.0, 0.5, 3.0]])
    assert Bounds(-1, 1).clamp(z).tolist() == [[-1.0, 0.5, 1.0]]
    low = torch.tensor([-5.0, 0.75, -1.0])
    assert Bounds(low, 2.0).clamp(z).tolist() == [[-3.0, 0.75, 2.0]]


def test_a_prior_without_bounds_leaves_everything() -> None:
    z = torch.tensor([[-1e30, 1e30]])
    assert torch.equal(Bounds.from_pair(None).clamp(z), z)
