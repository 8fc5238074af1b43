"""The folder of one training run: what it holds, and the trained networks in it.

runs/NAME/
    report.html            curves, pictures and what happened, kept up to date
    config.yaml            the resolved configuration: with it the run can be repeated
    provenance.json        command, git commit, versions and store digests of every start
    checkpoints/last.ckpt  everything that is needed to go on
    checkpoints/best.ckpt  the same, of the moment that did best on held-out photos
    networks.safetensors   the networks to export (averaged weights where there are any); its
                           header says how to build them and what is known about them
    best.safetensors       the same, of the best checkpoint; best.json has its figures
    metrics/               every curve as CSV
    samples/, walks/, nearest/, panels/  picture grids, named by images seen
    log.txt                what happened: warm starts, rollbacks
"""

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from igan.errors import RunError
from serve.staging import staged_file

HEADER_KEY = "igan"


@dataclass(frozen=True)
class NetworkSpec:
    """How to build a network: the import path of its class and the class's arguments."""

    class_path: str
    init_args: dict[str, Any]

    def build(self) -> nn.Module:
        """Construct the network with fresh weights.

        Raises:
            RunError: the class cannot be imported, is no module, or refuses the arguments.
        """
        module_name, _, class_name = self.class_path.rpartition(".")
        try:
            network_class = getattr(importlib.import_module(module_name), class_name)
            if not issubclass(network_class, nn.Module):
                raise TypeError("it is not a torch module")
            return network_class(**self.init_args)
        except (ImportError, AttributeError, TypeError, ValueError) as error:
            raise RunError(f"the network {self.class_path} cannot be built: {error}.") from error


@dataclass(frozen=True)
class TrainedNetworks:
    """Networks by role and what is known about them.

    The roles are "generator", "discriminator", "projector" and "features". Of the record, `score`
    says what a discriminator answers with: "logit" or "critic".
    """

    networks: dict[str, nn.Module]
    specs: dict[str, NetworkSpec]
    record: dict[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """Paths and files of the run at `path`."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "config.yaml"

    @property
    def provenance(self) -> Path:
        return self.path / "provenance.json"

    @property
    def checkpoint(self) -> Path:
        return self.path / "checkpoints" / "last.ckpt"

    @property
    def best_checkpoint(self) -> Path:
        return self.path / "checkpoints" / "best.ckpt"

    @property
    def samples(self) -> Path:
        return self.path / "samples"

    @property
    def walks(self) -> Path:
        return self.path / "walks"

    @property
    def nearest(self) -> Path:
        return self.path / "nearest"

    @property
    def panels(self) -> Path:
        return self.path / "panels"

    @property
    def metrics(self) -> Path:
        return self.path / "metrics"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def log(self) -> Path:
        return self.path / "log.txt"

    @property
    def tracked_id(self) -> Path:
        return self.path / "tracked-id.txt"

    @property
    def networks(self) -> Path:
        return self.path / "networks.safetensors"

    @property
    def best_networks(self) -> Path:
        return self.path / "best.safetensors"

    @property
    def best_figures(self) -> Path:
        return self.path / "best.json"

    def note(self, sentence: str) -> None:
        """Add a line to the run's log."""
        now = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
        with self.log.open("a", encoding="utf-8") as file:
            file.write(f"{now} {sentence}\n")

    def save_networks(self, trained: TrainedNetworks, best: bool = False) -> None:
        """Write the networks' weights and how to build them; `features` are built, not stored.

        `best` writes those of the best checkpoint instead of the newest.
        """
        weights: dict[str, Tensor] = {}
        for role, network in trained.networks.items():
            for key, tensor in network.state_dict().items():
                weights[f"{role}.{key}"] = tensor.detach().cpu().contiguous()
        document = {
            "networks": {role: asdict(spec) for role, spec in trained.specs.items()},
            **trained.record,
        }
        with staged_file(self.best_networks if best else self.networks) as staged:
            save_file(weights, staged, metadata={HEADER_KEY: json.dumps(document)})

    def load_networks(
        self, trusted: Sequence[str] | None = None, best: bool = False
    ) -> TrainedNetworks:
        """Build the run's networks on the CPU, in evaluation mode.

        Args:
            trusted: modules and packages that classes of networks may come from; None for any,
                which a run of one's own may have.
            best: those of the best checkpoint instead of the newest.

        Raises:
            RunError: this is no run folder, nothing was saved yet, a file is damaged, or a class
                is not to be trusted.
        """
        file_of_weights = self.best_networks if best else self.networks
        if not self.path.is_dir():
            raise RunError(f"{self.path} is not a run folder; `igan train` makes one.")
        if not file_of_weights.is_file():
            raise RunError(f"{self.path} holds no trained networks yet; let the run go on first.")
        try:
            with safe_open(file_of_weights, "pt") as file:
                document = json.loads(file.metadata()[HEADER_KEY])
                stored = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            specs = {
                role: NetworkSpec(spec["class_path"], spec["init_args"])
                for role, spec in document.pop("networks").items()
            }
        except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
            raise RunError(f"the networks of {self.path} are damaged: {error}.") from error
        networks = {}
        for role, spec in specs.items():
            if trusted is not None:
                self._check_trusted(role, spec, trusted)
            network = spec.build()
            own = _with_prefix(stored, f"{role}.")
            if own:
                try:
                    network.load_state_dict(own)
                except RuntimeError as error:
                    raise RunError(
                        f"the weights of {role} in {file_of_weights} do not fit {spec.class_path}."
                    ) from error
            networks[role] = network.eval()
        return TrainedNetworks(networks, specs, document)

    def _check_trusted(self, role: str, spec: NetworkSpec, trusted: Sequence[str]) -> None:
        if not any(spec.class_path.startswith(f"{module}.") for module in trusted):
            module = spec.class_path.rpartition(".")[0] or spec.class_path
            raise RunError(
                f"the {role} of {self.path} is a {spec.class_path}, which is outside "
                f"{', '.join(trusted)}; if you trust it, add `--trust {module}`."
            )


def _with_prefix(stored: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        key.removeprefix(prefix): tensor for key, tensor in stored.items() if key.startswith(prefix)
    }
