from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from igan.evaluation.editing import (
    LEAST_DIFFERENCE_LAB,
    PlantedDrag,
    batches_of,
    colour_errors,
    drag_distances_px,
    planted_colours,
    planted_drags,
)
from serve.bundle import Bundle, load_bundle
from serve.latent.lab import delta_e76, lab_of_images
from serve.latent.objective import ObjectiveWeights
from serve.latent.raster import HandleDrags
from tests.bundles import tiny_bundle

FREE = ObjectiveWeights(smoothness=0.0)
HELD = ObjectiveWeights(smoothness=5.0)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    folder: Path = tmp_path_factory.mktemp("editing") / "bundle"
    return load_bundle(tiny_bundle(folder, features=None, projector=False), engine="onnx")


class Blob(nn.Module):
    """A bright spot on grey whose place is the latent's first two numbers: (N, 3, 32, 32)."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        centres = torch.arange(32) + 0.5
        x, y = (16 + 8 * z[:, axis, None, None] for axis in (0, 1))
        squared = (centres - x).square() + (centres[:, None] - y).square()
        spot = torch.exp(-squared / 8) * 1.6 - 0.8
        return spot[:, None].expand(-1, 3, -1, -1)


def test_goals_lie_where_the_pictures_clearly_differ(bundle: Bundle) -> None:
    goals = planted_colours(bundle, 4, seed=1)
    assert len(goals) == 4
    for goal in goals:
        with torch.no_grad():
            start = lab_of_images(bundle.generator(goal.start[None]))
        wanted = lab_of_images(goal.marked.colour[None])
        differences = delta_e76(start, wanted)[0][goal.marked.coverage > 0]
        assert len(differences) >= 4
        assert differences.min() > LEAST_DIFFERENCE_LAB - 1e-3


def test_goals_are_the_same_for_the_same_seed(bundle: Bundle) -> None:
    first, again, other = (planted_colours(bundle, 2, seed) for seed in (1, 1, 2))
    assert torch.equal(first[1].marked.colour, again[1].marked.colour)
    assert not torch.equal(first[1].marked.colour, other[1].marked.colour)


def test_edits_come_closer_and_what_holds_them_back_shows(bundle: Bundle) -> None:
    goals = planted_colours(bundle, 3, seed=1)
    free, largest_change = colour_errors(bundle, goals, FREE, steps=40)
    held, _ = colour_errors(bundle, goals, HELD, steps=40)
    assert free.shape == (3, 41)
    assert (free[:, 0] > LEAST_DIFFERENCE_LAB).all()
    np.testing.assert_allclose(free[:, 0], held[:, 0])
    assert free[:, -1].mean() < 0.7 * free[:, 0].mean()
    assert free[:, -1].mean() < held[:, -1].mean()
    assert 0 < largest_change <= 0.04 + 1e-6


def test_goals_asked_together_come_out_as_alone(bundle: Bundle) -> None:
    goals = planted_colours(bundle, 3, seed=1)
    together, _ = colour_errors(bundle, goals, FREE, steps=10)
    alone, _ = colour_errors(bundle, goals[1:2], FREE, steps=10)
    np.testing.assert_allclose(together[1], alone[0], atol=0.05)


def test_many_starts_show_the_best_of_them(bundle: Bundle) -> None:
    goals = planted_colours(bundle, 2, seed=1)
    one, _ = colour_errors(bundle, goals, FREE, steps=15)
    many, _ = colour_errors(bundle, goals, FREE, steps=15, starts=8)
    assert many[:, -1].mean() < one[:, -1].mean()
    assert [len(batch) for batch in batches_of(goals * 30, 20)] == [2] * 30


def test_planted_drags_are_reached(bundle: Bundle) -> None:
    """A generator that moves a spot about: the handle can be anywhere on it."""
    blob = Bundle(bundle.path, bundle.manifest, Blob(), None, None, None)  # type: ignore[arg-type]
    start = torch.zeros(bundle.manifest.latent.dim)
    drag = HandleDrags(
        torch.tensor([[16.0, 16.0]]),
        torch.tensor([[20.0, 14.0]]),
        torch.tensor([4.0]),
        torch.ones(1),
    )
    goal = PlantedDrag(start, drag)
    assert goal.length_px == pytest.approx(20**0.5)
    followed, anew = drag_distances_px(blob, [goal], FREE, 60)
    assert followed[0] < 0.3
    assert anew[0] < 0.5
    stayed, _ = drag_distances_px(blob, [goal], FREE, 1)
    assert stayed[0] == pytest.approx(goal.length_px, abs=0.05)


def test_drags_are_planted_along_ways_that_can_be_followed_back(bundle: Bundle) -> None:
    blob = Bundle(bundle.path, bundle.manifest, Blob(), None, None, None)  # type: ignore[arg-type]
    goals = planted_drags(blob, 3, seed=0)
    for goal in goals:
        assert 1.9 <= goal.length_px <= 7.5
        spot = 16 + 8 * goal.start[:2]
        assert (goal.drag.sources[0] - spot).norm() < 8
