from pathlib import Path

import pytest
from torch import nn

from igan.cli.main import main
from igan.training.dry_run import count_parameters
from tests.igan.training.runs import tiny_config


def test_it_says_what_a_run_would_be_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tiny_config(tmp_path, total_images=8000)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert main(["train", "gan", "--config", config, "--dry-run", "--model.beta1=0.25"]) == 0
    said = capsys.readouterr().out
    assert "beta1: 0.25" in said
    (generator,) = [line.split() for line in said.splitlines() if line.startswith("generator")]
    # linear 5 to 128, its normalisation, 8 to 4 and 4 to 3 channels of 5x5
    parameters = 5 * 128 + 2 * 128 + 8 * 4 * 25 + 2 * 4 + 4 * 3 * 25 + 3
    assert generator == ["generator", f"{parameters:,}", f"{parameters:,}"]
    assert "averaged_generator" in said
    assert "for 8,000 images on this machine" in said
    assert list((tmp_path / "empty").iterdir()) == []


def test_frozen_parameters_are_counted_apart() -> None:
    module = nn.ModuleDict({"one": nn.Linear(2, 3), "other": nn.Linear(2, 2), "none": nn.ReLU()})
    module["other"].requires_grad_(False)
    assert count_parameters(module) == {"one": (9, 9), "other": (0, 6)}
