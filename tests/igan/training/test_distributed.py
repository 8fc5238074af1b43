"""Two processes train as one with twice the batch does."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from igan.run_folder import RunFolder
from igan.training.train import train
from tests.igan.training.runs import metric, tiny_config

STEPS, BATCH = 20, 8


class PlainGenerator(nn.Module):
    """A generator without batch normalisation, whose statistics would be those of a process."""

    def __init__(self) -> None:
        super().__init__()
        self.image_size, self.channels, self.latent_dim = 16, 3, 5
        self.layers = nn.Sequential(
            nn.Linear(5, 64), nn.LeakyReLU(0.2), nn.Linear(64, 3 * 16 * 16), nn.Tanh()
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return self.layers(latents).view(-1, 3, 16, 16)


def train_in_a_fresh_process(run: Path, config: str, options: list[str]) -> None:
    """A process that has computed gradients may not be forked."""
    words = [sys.executable, "-m", "igan.cli.main", "train", "gan", "--run", str(run)]
    subprocess.run([*words, "--config", config, *options], check=True, timeout=250)


@pytest.mark.slow
@pytest.mark.parametrize("shared_fakes", [True, False])
def test_two_processes_are_one_with_twice_the_batch(tmp_path: Path, shared_fakes: bool) -> None:
    config = tiny_config(
        tmp_path,
        total_images=STEPS * BATCH,
        shared_fakes=shared_fakes,
        r1_weight=1.0,
        r1_every=4,
        generator={"class_path": "tests.igan.training.test_distributed.PlainGenerator"},
    )
    train("gan", tmp_path / "one", config, False, [f"--data.batch_size={BATCH}"])
    two = [
        f"--data.batch_size={BATCH // 2}",
        "--trainer.devices=2",
        "--trainer.strategy=ddp_fork_find_unused_parameters_true",
    ]
    train_in_a_fresh_process(tmp_path / "two", config, two)
    one_networks, two_networks = (
        RunFolder(tmp_path / name).load_networks().networks for name in ("one", "two")
    )
    for role, network in one_networks.items():
        torch.testing.assert_close(
            two_networks[role].state_dict(), network.state_dict(), rtol=0, atol=1e-6
        )
    assert max(metric(tmp_path / "two", "train/loss_d")) == STEPS * BATCH
