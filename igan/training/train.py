"""Runs a training: configuration in, run folder out."""

import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
import yaml
from jsonargparse import ArgumentError
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.loggers import CSVLogger, Logger

from igan.data.datamodule import PhotoDataModule
from igan.errors import ConfigError, RunError
from igan.run_folder import NetworkSpec, RunFolder, TrainedNetworks
from igan.training.callbacks import ImagesProgressBar, PictureGrid, RunCheckpoint
from igan.training.config_files import find_config
from igan.training.gan_module import GANModule
from igan.training.images_seen import ImagesSeenModule
from igan.training.projector_module import ProjectorModule
from igan.training.provenance import describe_environment
from serve.bundle.prior import prior_bounds

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


def train(kind: str, run: Path, config: str | None, resume: bool, options: Sequence[str]) -> None:
    """Train a "gan" or a "projector" until its `total_images` are seen.

    Args:
        kind: what to train.
        run: the run folder, new unless `resume`.
        config: a YAML file or the name of a shipped one; a resumed run has its own.
        resume: go on from the run's last checkpoint.
        options: overrides as LightningCLI takes them, such as `--model.total_images 20000`.

    Raises:
        RunError: the folder exists, or holds nothing to resume.
        ConfigError: an unknown key or unusable value.
        KeyboardInterrupt: Ctrl-C, after the run was saved.
    """
    folder = RunFolder(run)
    _check_folder(folder, resume)
    files = [folder.config] if resume else []
    if config is not None:
        files.append(find_config(kind, config))
    if not files:
        raise ConfigError(f"name a configuration, such as `--config small64`, to train a {kind}.")
    torch.set_flush_denormal(True)
    _quieten_lightning()
    arguments = [argument for file in files for argument in ("--config", str(file))]
    cli = TrainingCLI(kind, folder, [*arguments, *options])
    module, data = cli.model, cli.datamodule
    data.check_fits(module.image_size, module.channels)
    run.mkdir(parents=True, exist_ok=True)
    cli.write_records()
    try:
        cli.trainer.fit(
            module,
            datamodule=data,
            ckpt_path=folder.checkpoint if resume else None,
            weights_only=True,
        )
    except SystemExit as stopped:
        raise KeyboardInterrupt from stopped
    if cli.checkpointing.interrupted:
        raise KeyboardInterrupt(f"interrupted; {run} is saved and can be resumed.")


class TrainingCLI(LightningCLI):
    """Builds everything that a configuration names, and writes the run's files."""

    def __init__(self, kind: str, folder: RunFolder, arguments: list[str]) -> None:
        self.kind, self.folder, self.arguments = kind, folder, arguments
        try:
            super().__init__(
                MODULES[kind],
                PhotoDataModule,
                save_config_callback=None,
                trainer_defaults=TRAINER_DEFAULTS,
                seed_everything_default=0,
                parser_kwargs={"exit_on_error": False, "prog": f"igan train {kind}"},
                args=arguments,
                run=False,
            )
        except (ArgumentError, ValueError) as error:
            raise ConfigError(_one_sentence(str(error))) from error

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Parse only what was given; the process's own command line is another one."""
        self.config = parser.parse_args(args)

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        parser.add_argument(
            "--tracking",
            choices=["files", "wandb"],
            default="files",
            help="where curves and pictures go: the run folder's files, or Weights & Biases too",
        )

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        self.checkpointing = RunCheckpoint(self.folder, self.save_networks)
        own: list[Callback] = [
            ImagesProgressBar(f"train {self.kind}"),
            PictureGrid(
                self.model.sample,
                self.folder.samples,
                every_images=max(1, self.model.total_images // PICTURES_IN_ALL),
            ),
            self.checkpointing,
        ]
        configured = self.config_init.trainer.callbacks or []
        return super().instantiate_trainer(
            logger=self._loggers(), callbacks=[*configured, *own], **kwargs
        )

    def save_networks(self) -> None:
        """Write the networks to export, as they are now."""
        self.folder.save_networks(
            self._trained_gan() if self.kind == "gan" else self._trained_projector()
        )

    def write_records(self) -> None:
        """Write the resolved configuration and where it came from."""
        config = self.parser.dump(self.config, skip_none=False)
        self.folder.config.write_text(config)
        record = describe_environment(["igan", "train", self.kind, *self.arguments])
        record["stores"] = {store.path.name: store.digest for store in self.datamodule.stores}
        earlier = []
        if self.folder.provenance.exists():
            earlier = json.loads(self.folder.provenance.read_text())["starts"]
        starts = {"starts": [*earlier, record]}
        self.folder.provenance.write_text(json.dumps(starts, indent=2) + "\n")

    def _trained_gan(self) -> TrainedNetworks:
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
            "generator": self.model.averaged_generator.module,
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
            "config": yaml.safe_load(self.parser.dump(self.config, skip_none=False)),
        }

    def _loggers(self) -> list[Logger]:
        loggers: list[Logger] = [
            CSVLogger(self.folder.path, name="metrics", flush_logs_every_n_steps=1)
        ]
        if self.config.tracking == "wandb":
            from lightning.pytorch.loggers import WandbLogger

            loggers.append(
                WandbLogger(self.folder.path.name, self.folder.path, project="igan", resume="allow")
            )
        return loggers


def describe_options(kind: str) -> str:
    """Every key that a configuration of this kind may hold, with its type and meaning."""
    parser = LightningArgumentParser(prog=f"igan train {kind}")
    parser.add_lightning_class_args(Trainer, "trainer")
    parser.add_lightning_class_args(MODULES[kind], "model")
    parser.add_lightning_class_args(PhotoDataModule, "data")
    return parser.format_help()


def _quieten_lightning() -> None:
    """Silence what Lightning says about itself; its warnings about a run stay."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="lightning|jsonargparse")
    warnings.filterwarnings("ignore", message=".*in eval mode at the start of training")
    warnings.filterwarnings("ignore", message="You passed in a `val_dataloader`")


def _check_folder(folder: RunFolder, resume: bool) -> None:
    if resume and not (folder.checkpoint.is_file() and folder.config.is_file()):
        raise RunError(
            f"{folder.path} holds no checkpoint to resume; remove it and start without --resume."
        )
    if not resume and folder.path.exists():
        raise RunError(
            f"{folder.path} exists already; add --resume to go on with it, or name another run."
        )


def _one_sentence(message: str) -> str:
    """The parser's several lines as one, its hint to call itself with --help left out."""
    lines = [line.strip(" -") for line in message.splitlines() if "--help" not in line]
    return "; ".join(line for line in lines if line).replace(":;", ":").rstrip(".") + "."
