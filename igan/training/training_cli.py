"""Builds everything that a configuration names, and writes a run's files."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import cached_property
from typing import Any

import yaml
from jsonargparse import ArgumentError
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor, nn

from igan.data.datamodule import PhotoDataModule
from igan.errors import ConfigError
from igan.run_folder import NetworkSpec, RunFolder, TrainedNetworks
from igan.training.callbacks import (
    GradientNorms,
    HealthWatch,
    HeldOutFigures,
    ImagesProgressBar,
    NearestPhotos,
    PictureGrid,
    RunCheckpoint,
    RunPage,
    TimeShare,
    TrackedFiles,
    latent_walks,
)
from igan.training.gan_module import GANModule
from igan.training.images_seen import ImagesSeenModule
from igan.training.projector_module import ProjectorModule
from igan.training.provenance import describe_environment
from igan.training.tracking import loggers_of
from serve.bundle.prior import prior_bounds
from serve.staging import staged_file

MODULES: dict[str, type[ImagesSeenModule]] = {"gan": GANModule, "projector": ProjectorModule}
TRAINER_DEFAULTS = {
    "max_epochs": -1,
    "devices": 1,
    "num_sanity_val_steps": 0,
    "limit_val_batches": 0,
    "log_every_n_steps": 20,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "use_distributed_sampler": False,
}
PICTURES_IN_ALL = 40
WALKS_IN_ALL = 10
PANELS_IN_ALL = 5


class TrainingCLI(LightningCLI):
    """The module, data and trainer of one start of a run.

    Args:
        kind: what to train, a key of `MODULES`.
        folder: the run's folder.
        arguments: as LightningCLI takes them.
        instead: callbacks in place of all that watches, logs and saves a run.

    Raises:
        ConfigError: an unknown key or unusable value.
    """

    def __init__(
        self,
        kind: str,
        folder: RunFolder,
        arguments: Sequence[str],
        instead: Sequence[Callback] | None = None,
    ) -> None:
        self.kind, self.folder, self.arguments = kind, folder, list(arguments)
        self.instead = instead
        try:
            super().__init__(
                MODULES[kind],
                PhotoDataModule,
                save_config_callback=None,
                trainer_defaults=TRAINER_DEFAULTS,
                seed_everything_default=0,
                parser_kwargs={"exit_on_error": False, "prog": f"igan train {kind}"},
                args=self.arguments,
                run=False,
            )
        except (ArgumentError, ValueError) as error:
            raise ConfigError(_one_sentence(str(error))) from error

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Parse only what was given; the process's own command line is another one."""
        self.config = parser.parse_args(args)

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_argument(
            "--base", type=str | None, help="the configuration that a file changes; read before it"
        )
        parser.add_argument(
            "--tracking",
            choices=["files", "wandb", "tensorboard"],
            default="files",
            help="where curves and pictures go besides the run folder's files",
        )

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        configured = self.config_init.trainer.callbacks or []
        if self.instead is not None:
            return super().instantiate_trainer(
                logger=False,
                callbacks=[*configured, *self.instead],
                enable_progress_bar=False,
                **kwargs,
            )
        return super().instantiate_trainer(
            logger=loggers_of(self.folder, self.config.tracking),
            callbacks=[*configured, *self._own_callbacks()],
            **kwargs,
        )

    @cached_property
    def resolved(self) -> str:
        """The whole configuration as YAML: with it the run can be repeated."""
        return self.parser.dump(self.config, skip_none=False)

    def save_networks(self, best: nn.Module | None = None) -> None:
        """Write the networks to export, as they are now.

        `best` is the averaged generator of what is now the best checkpoint; its networks are
        written instead of the newest.
        """
        trained = self._trained_gan(best) if self.kind == "gan" else self._trained_projector()
        self.folder.save_networks(trained, best=best is not None)

    @rank_zero_only
    def write_records(self) -> None:
        """Write the resolved configuration and where it came from."""
        with staged_file(self.folder.config) as staged:
            staged.write_text(self.resolved)
        earlier = []
        if self.folder.provenance.exists():
            earlier = json.loads(self.folder.provenance.read_text())["starts"]
        starts = {"starts": [*earlier, self._environment()]}
        with staged_file(self.folder.provenance) as staged:
            staged.write_text(json.dumps(starts, indent=2) + "\n")

    def _own_callbacks(self) -> list[Callback]:
        """In the order in which a batch meets them; what is ill is neither drawn nor saved."""
        health = HealthWatch()
        watching: list[Callback] = self._of_gan() if self.kind == "gan" else self._of_projector()
        self.checkpointing = RunCheckpoint(self.folder, self.save_networks, health.check)
        return [
            GradientNorms(),
            ImagesProgressBar(f"train {self.kind}"),
            health,
            PictureGrid(self.model.sample, self.folder.samples, self._every(PICTURES_IN_ALL)),
            *watching,
            self.checkpointing,
            TrackedFiles(self.folder, self._described, lambda: self.datamodule.stores),
            RunPage(self.folder),
        ]

    def _of_gan(self) -> list[Callback]:
        time = TimeShare()
        every_images = self._every(WALKS_IN_ALL)
        return [
            PictureGrid(self._walks, self.folder.walks, every_images, title="walks"),
            HeldOutFigures(self.folder, lambda: self.datamodule.stores, self.save_networks, time),
            NearestPhotos(self.folder, lambda: self.datamodule.stores, time),
        ]

    def _of_projector(self) -> list[Callback]:
        if self.model.panel_iterations == 0:
            return []
        every_images = self._every(PANELS_IN_ALL)
        return [PictureGrid(self.model.panels, self.folder.panels, every_images, title="panels")]

    def _every(self, times_in_all: int) -> int:
        return max(1, self.model.total_images // times_in_all)

    def _walks(self) -> Tensor:
        generator = self.model.averaged_generator.eval()
        return latent_walks(generator, self.model.fixed_latents)

    def _described(self) -> tuple[dict[str, Any], dict[str, Any]]:
        return yaml.safe_load(self.resolved), self._environment()

    def _environment(self) -> dict[str, Any]:
        record = describe_environment(["igan", "train", self.kind, *self.arguments])
        record["stores"] = {store.path.name: store.digest for store in self.datamodule.stores}
        return record

    def _trained_gan(self, best: nn.Module | None) -> TrainedNetworks:
        record = {
            "latent": {
                "dim": self.model.latent_dim,
                "prior": self.model.prior,
                "bounds": prior_bounds(self.model.prior),
            },
            "score": "logit",
            "training": {"gan": self._record()},
        }
        networks = {
            "generator": self.model.averaged_generator.module if best is None else best,
            "discriminator": self.model.discriminator,
        }
        return TrainedNetworks(networks, {role: self._spec(role) for role in networks}, record)

    def _trained_projector(self) -> TrainedNetworks:
        inverted = self.model.inverted
        record = {
            **inverted.record,
            "feature_weight": self.model.projection_loss.feature_weight,
            "training": {**inverted.record["training"], "projector": self._record()},
        }
        networks = {**inverted.networks, "projector": self.model.averaged_projector.module}
        specs = {**inverted.specs, "projector": self._spec("projector")}
        if self.model.features is not None:
            specs["features"] = self._spec("features")
        return TrainedNetworks(networks, specs, record)

    def _spec(self, role: str) -> NetworkSpec:
        chosen = self.config.model[role].as_dict()
        return NetworkSpec(chosen["class_path"], chosen.get("init_args", {}))

    def _record(self) -> dict[str, Any]:
        return {
            "images_seen": self.model.images_seen,
            "total_images": self.model.total_images,
            "stores": {store.path.name: store.digest for store in self.datamodule.stores},
            "sources": {
                store.path.name: [asdict(source) for source in store.meta.sources]
                for store in self.datamodule.stores
            },
            "config": yaml.safe_load(self.resolved),
        }


def _one_sentence(message: str) -> str:
    """The parser's several lines as one, its hint to call itself with --help left out."""
    lines = [line.strip(" -") for line in message.splitlines() if "--help" not in line]
    return "; ".join(line for line in lines if line).replace(":;", ":").rstrip(".") + "."
