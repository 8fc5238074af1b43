import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from igan.data.store import StoreWriter
from igan.data.store_format import IndexEntry
from igan.evaluation.generated_pictures import pictures_of_run
from igan.run_folder import RunFolder
from igan.training.callbacks.held_out_figures import mean_answer, overfitting
from igan.training.run_curves import CHOSEN_BY
from igan.training.train import train
from tests.igan.training.runs import metric, tiny_config


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = tmp_path_factory.mktemp("run")
    train("gan", folder / "run", tiny_config(folder), False, [])
    return RunFolder(folder / "run")


def test_the_end_of_a_run_is_measured(run: RunFolder) -> None:
    for space in ("alexnet", "hog_colour"):
        assert metric(run.path, f"realism/kid_{space}").keys() == {48}
    judged = {
        name: metric(run.path, f"judged/{name}")[48] for name in ("train", "held_out", "samples")
    }
    assert metric(run.path, "judged/overfitting")[48] == pytest.approx(
        overfitting(*(judged[name] for name in ("train", "held_out", "samples")))
    )


def test_the_best_checkpoint_is_whole_and_says_why_it_is_best(run: RunFolder) -> None:
    best = json.loads(run.best_figures.read_text())
    assert best["images_seen"] == 48
    assert best[CHOSEN_BY] == best["figures"][CHOSEN_BY]
    assert best[CHOSEN_BY] == pytest.approx(metric(run.path, CHOSEN_BY)[48], rel=1e-6)
    checkpoint = torch.load(run.best_checkpoint, weights_only=True)
    assert checkpoint["images_seen"] == 48
    assert checkpoint["optimizer_states"]


def test_the_best_networks_have_statistics_of_their_own(run: RunFolder) -> None:
    best = run.load_networks(best=True).networks["generator"]
    newest = run.load_networks().networks["generator"]
    norm, other = best.grid[1], newest.grid[1]
    torch.testing.assert_close(norm.weight, other.weight, rtol=0, atol=0)
    latents = torch.rand(4000, 5) * 2 - 1
    features = best.grid[0](latents)
    torch.testing.assert_close(norm.running_mean, features.mean(0), rtol=0, atol=0.01)
    assert (norm.running_mean - other.running_mean).abs().max() > 0


def test_neighbours_and_walks_are_drawn(run: RunFolder) -> None:
    for folder in (run.nearest, run.walks, run.samples):
        assert folder.joinpath("000000048.png").is_file()


def test_pictures_of_a_run_depend_on_the_seed_alone(run: RunFolder) -> None:
    first = pictures_of_run(run.path, 70, seed=1)
    assert first.shape == (70, 16, 16, 3)
    assert (first == pictures_of_run(run.path, 70, seed=1)).all()
    assert (first != pictures_of_run(run.path, 70, seed=2)).any()


def test_overfitting_is_where_held_out_photos_lie_between() -> None:
    assert overfitting(3.0, 3.0, -1.0) == 0
    assert overfitting(3.0, -1.0, -1.0) == 1
    assert overfitting(3.0, 1.0, -1.0) == 0.5
    assert overfitting(1.0, 0.0, 1.0) == 0


def test_a_discriminator_answers_in_evaluation_mode_and_keeps_its_own() -> None:
    discriminator = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(4), nn.Linear(4, 1), nn.Flatten(0))
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    images = torch.rand(100, 1, 2, 2)
    answer = mean_answer(discriminator, images)
    assert discriminator.training
    torch.testing.assert_close(dict(discriminator.state_dict()), before)
    assert answer == pytest.approx(discriminator.eval()(images).mean().item(), rel=1e-5)


def test_a_store_without_held_out_photos_is_trained_on_all_the_same(tmp_path: Path) -> None:
    store = tmp_path / "tiny.lmdb"
    store.mkdir()
    with StoreWriter(store, size=16, channels=3) as writer:
        for number in range(20):
            digest = hashlib.sha256(bytes([number])).digest()
            picture = np.full((16, 16, 3), 10 * number, np.uint8)
            writer.add(picture, IndexEntry(f"{number}.png", digest, "train"))
    train("gan", tmp_path / "run", tiny_config(tmp_path, total_images=16), False, [])
    run = RunFolder(tmp_path / "run")
    assert run.networks.is_file()
    assert not run.best_networks.exists()
