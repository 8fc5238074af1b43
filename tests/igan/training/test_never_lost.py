"""A run survives a crash, a full disk and an illness."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from igan.cli.main import main
from igan.errors import ConfigError
from igan.run_folder import RunFolder
from igan.training.errors import TrainingError
from igan.training.train import train
from tests.igan.training import misbehaving
from tests.igan.training.runs import generator_weights, metric, tiny_config, with_callback

HERE = "tests.igan.training.misbehaving"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def nothing_spoilt_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misbehaving.FasterLearning, "batches_spoilt", 0)
    monkeypatch.setattr(misbehaving.NotANumber, "spoilt", False)


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    config = tiny_config(tmp_path)
    train("gan", tmp_path / "left-alone", config, False, [])
    command = [sys.executable, "-m", "igan.cli.main", "train", "gan", "--config", config]
    options = ["--run", str(tmp_path / "killed"), with_callback(f"{HERE}.KillAt", at_image=24)]
    killed = subprocess.run([*command, *options], cwd=ROOT, capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    run = RunFolder(tmp_path / "killed")
    assert torch.load(run.checkpoint, weights_only=True)["images_seen"] == 24
    train("gan", run.path, None, True, ["--trainer.callbacks=null"])
    resumed, expected = generator_weights(run.path), generator_weights(tmp_path / "left-alone")
    torch.testing.assert_close(resumed, expected, rtol=0, atol=0)


def test_a_full_disk_is_one_sentence_and_the_checkpoint_before_still_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunFolder(tmp_path / "run")
    arguments = ["--config", tiny_config(tmp_path), "--run", str(run.path)]
    full = with_callback(f"{HERE}.FullDisk", from_image=48)
    assert main(["train", "gan", *arguments, full]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(
        f"igan: {run.best_checkpoint} cannot be written: No space left on device;"
    )
    assert torch.load(run.checkpoint, weights_only=True)["images_seen"] == 0
    assert [path.name for path in run.checkpoint.parent.iterdir()] == ["last.ckpt"]
    train("gan", run.path, None, True, ["--trainer.callbacks=null"])
    assert torch.load(run.checkpoint, weights_only=True)["images_seen"] == 48


def test_a_number_that_is_none_rolls_a_run_back_and_it_reaches_its_end(tmp_path: Path) -> None:
    said: list[str] = []
    run = tmp_path / "run"
    spoilt = with_callback(f"{HERE}.NotANumber", at_image=24)
    train("gan", run, tiny_config(tmp_path), False, [spoilt], on_note=said.append)
    assert len(said) == 1
    assert "is nan; rolled back to last.ckpt" in said[0]
    assert RunFolder(run).log.read_text().rstrip().endswith(said[0])
    assert RunFolder(run).load_networks().record["training"]["gan"]["images_seen"] == 48
    assert all(weight.isfinite().all() for weight in generator_weights(run).values())
    assert max(metric(run, "train/loss_d")) == 48


def test_a_run_that_goes_on_draws_other_numbers_than_those_that_made_it_ill(tmp_path: Path) -> None:
    config = tiny_config(tmp_path)
    spoilt = with_callback(f"{HERE}.NotANumber", at_image=24)
    train("gan", tmp_path / "run", config, False, [spoilt])
    train("gan", tmp_path / "alone", config, False, [])
    once, alone = (
        metric(tmp_path / "run", "train/loss_g"),
        metric(tmp_path / "alone", "train/loss_g"),
    )
    assert once[48] != alone[48]


@pytest.mark.slow
def test_a_planted_collapse_is_rolled_back_and_then_stopped(tmp_path: Path) -> None:
    """A learning rate a hundred times too high, as a plant that stays."""
    said: list[str] = []
    config = tiny_config(tmp_path, total_images=8000, learning_rate=2e-3)
    options = [
        with_callback(f"{HERE}.FasterLearning", from_image=800),
        "--trainer.log_every_n_steps=5",
    ]
    with pytest.raises(TrainingError, match="after it was rolled back once"):
        train("gan", tmp_path / "run", config, False, options, on_note=said.append)
    assert "rolled back to" in said[0]
    assert said[1].endswith("; stopped.")
    checkpoint = torch.load(RunFolder(tmp_path / "run").checkpoint, weights_only=True)
    assert all(w.isfinite().all() for w in checkpoint["state_dict"].values())


@pytest.mark.slow
def test_a_planted_collapse_that_passes_is_survived(tmp_path: Path) -> None:
    said: list[str] = []
    config = tiny_config(tmp_path, total_images=2400, learning_rate=2e-3)
    options = [
        with_callback(f"{HERE}.FasterLearning", from_image=800, times=5),
        "--trainer.log_every_n_steps=5",
    ]
    train("gan", tmp_path / "run", config, False, options, on_note=said.append)
    assert len(said) == 1
    assert (
        RunFolder(tmp_path / "run").load_networks().record["training"]["gan"]["images_seen"] == 2400
    )


def test_resuming_and_starting_from_another_run_exclude_each_other(tmp_path: Path) -> None:
    run = tmp_path / "run"
    train("gan", run, tiny_config(tmp_path, total_images=8), False, [])
    with pytest.raises(ConfigError, match="leave it out"):
        train("gan", run, None, True, [], init_from=run)
