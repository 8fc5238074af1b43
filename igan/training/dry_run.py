"""What a configuration would train, and how long that takes here, without training it."""

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import nn

from igan.run_folder import RunFolder
from igan.training.images_seen import ImagesSeenModule
from igan.training.train import quieten_libraries
from igan.training.training_cli import TrainingCLI

WARM_UP_STEPS = 3
TIMED_STEPS = 16
LONGEST_TIMED_S = 30.0


@dataclass(frozen=True)
class DryRun:
    """What is known of a run before it starts.

    Attributes:
        config: resolved, as YAML.
        parameters: of each network, by name: trained ones and all.
        state_bytes: weights, buffers, gradients and the optimizers' two moments.
        peak_bytes: the most memory in use while steps were timed: of the GPU where there is one,
            else of the whole process.
        seconds_per_step: mean of the timed steps, since not all are alike.
        images_per_step, total_images: of the run.
    """

    config: str
    parameters: dict[str, tuple[int, int]]
    state_bytes: int
    peak_bytes: int
    seconds_per_step: float
    images_per_step: int
    total_images: int

    @property
    def expected_s(self) -> float:
        """Seconds that the whole run takes at this pace."""
        return self.total_images / self.images_per_step * self.seconds_per_step


def dry_run(kind: str, arguments: Sequence[str]) -> DryRun:
    """Build everything, take a few steps on real photos, and throw the result away.

    Args:
        kind: "gan" or "projector".
        arguments: as LightningCLI takes them.

    Raises:
        ConfigError: an unknown key or unusable value.
        StoreError: the store cannot be read, or does not fit the networks.
    """
    torch.set_flush_denormal(True)
    quieten_libraries()
    with tempfile.TemporaryDirectory() as folder:
        clock = _StepClock()
        cli = TrainingCLI(kind, RunFolder(Path(folder)), arguments, instead=[clock])
        cli.datamodule.check_fits(cli.model.image_size, cli.model.channels)
        cli.trainer.fit(cli.model, datamodule=cli.datamodule)
    return DryRun(
        config=cli.resolved,
        parameters=count_parameters(cli.model),
        state_bytes=_state_bytes(cli.model),
        peak_bytes=_peak_bytes(cli.model.device),
        seconds_per_step=statistics.fmean(clock.seconds[WARM_UP_STEPS:] or clock.seconds),
        images_per_step=cli.datamodule.images_per_step,
        total_images=cli.model.total_images,
    )


def count_parameters(module: nn.Module) -> dict[str, tuple[int, int]]:
    """Trained and all parameters of each network of a training module, by name."""
    counts = {}
    for name, network in module.named_children():
        sizes = [(weight.numel(), weight.requires_grad) for weight in network.parameters()]
        if sizes:
            counts[name] = sum(n for n, trained in sizes if trained), sum(n for n, _ in sizes)
    return counts


class _StepClock(Callback):
    """Times steps, and ends the fit after enough of them."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began_s = 0.0

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        _wait_for(pl_module.device)
        self._began_s = time.perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *unused: Any
    ) -> None:
        assert isinstance(pl_module, ImagesSeenModule)
        _wait_for(pl_module.device)
        self.seconds.append(time.perf_counter() - self._began_s)
        timed = self.seconds[WARM_UP_STEPS:]
        if len(timed) == TIMED_STEPS or sum(timed) > LONGEST_TIMED_S:
            trainer.should_stop = True


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _state_bytes(module: nn.Module) -> int:
    held = sum(tensor.nbytes for tensor in module.state_dict().values())
    return held + sum(3 * weight.nbytes for weight in module.parameters() if weight.requires_grad)


def _peak_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
