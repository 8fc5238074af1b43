import math

import pytest
import torch
from torch import Tensor

from serve.latent.bounds import Bounds
from serve.latent.path import PathKind, latent_path, latents_at

KINDS: tuple[PathKind, ...] = ("linear", "spherical")


def latents(count: int, seed: int = 0, dim: int = 50) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, dim, generator=generator) * 2 - 1


def test_steps_of_a_straight_path_are_even() -> None:
    z0, z1 = latents(2)
    path = latent_path(z0, z1)
    assert path.shape == (9, 50)
    torch.testing.assert_close(path[1:] - path[:-1], ((z1 - z0) / 8).expand(8, 50))


@pytest.mark.parametrize("kind", KINDS)
def test_ends_are_exact(kind: PathKind) -> None:
    z0, z1 = latents(2)
    path = latent_path(z0, z1, 7, kind)
    assert torch.equal(path[0], z0)
    assert torch.equal(path[-1], z1)


@pytest.mark.parametrize("kind", KINDS)
def test_candidates_share_a_call(kind: PathKind) -> None:
    starts, ends = latents(4, 1), latents(4, 2)
    paths = latent_path(starts, ends, 5, kind)
    assert paths.shape == (6, 4, 50)
    for row in range(4):
        torch.testing.assert_close(paths[:, row], latent_path(starts[row], ends[row], 5, kind))


def test_a_spherical_path_turns_and_grows_evenly() -> None:
    start, end = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 1.0])
    path = latent_path(start, end, 4, "spherical")
    angles = torch.atan2(path[:, 1], path[:, 0])
    torch.testing.assert_close(angles, torch.arange(5) * (math.pi / 8))
    torch.testing.assert_close(path.norm(dim=1), torch.linspace(2, 1, 5))


@pytest.mark.parametrize(
    ("start", "end"),
    [([1.0, 0.0], [-1.0, 0.0]), ([1.0, 0.0], [3.0, 0.0]), ([0.0, 0.0], [1.0, 1.0])],
    ids=["opposite", "parallel", "origin"],
)
def test_without_an_arc_the_path_is_straight(start: list[float], end: list[float]) -> None:
    ends = torch.tensor(start), torch.tensor(end)
    torch.testing.assert_close(latent_path(*ends, 4, "spherical"), latent_path(*ends, 4))


@pytest.mark.parametrize("kind", KINDS)
def test_amounts_past_one_stay_within_the_bounds(kind: PathKind) -> None:
    z0, z1 = latents(2)
    beyond = latents_at(z0, z1, torch.tensor([-1.0, 1.5, 3.0, 20.0]), kind, Bounds(-1, 1))
    assert beyond.abs().max() <= 1
    assert beyond.isfinite().all()
    further = latents_at(z0, z1, 1.1, kind)
    assert (further - z0).norm() > (z1 - z0).norm()


def test_one_step_has_only_ends() -> None:
    path = latent_path(torch.tensor([0.0]), torch.tensor([1.0]), frames=1)
    assert path.tolist() == [[0.0], [1.0]]


def test_a_path_has_a_step() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        latent_path(torch.zeros(2), torch.ones(2), frames=0)
