import pytest
import torch

from serve.latent.path import latent_path


def test_ends_are_exact_and_steps_are_even() -> None:
    generator = torch.Generator().manual_seed(0)
    z0, z1 = torch.rand(2, 50, generator=generator) * 2 - 1
    path = latent_path(z0, z1)
    assert path.shape == (9, 50)
    assert torch.equal(path[0], z0)
    assert torch.equal(path[-1], z1)
    torch.testing.assert_close(path[1:] - path[:-1], ((z1 - z0) / 8).expand(8, 50))


def test_one_step_has_only_ends() -> None:
    path = latent_path(torch.tensor([0.0]), torch.tensor([1.0]), frames=1)
    assert path.tolist() == [[0.0], [1.0]]


def test_a_path_has_a_step() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        latent_path(torch.zeros(2), torch.ones(2), frames=0)
