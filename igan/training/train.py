"""Runs a training: configuration in, run folder out."""

import logging
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from lightning.pytorch import Trainer
from lightning.pytorch.cli import LightningArgumentParser

from igan.data.datamodule import PhotoDataModule
from igan.errors import ConfigError, RunError
from igan.run_folder import RunFolder
from igan.training.config_files import config_chain
from igan.training.errors import TrainingError, UnhealthyRunError
from igan.training.processes import is_first_process
from igan.training.tracking import close_trackers
from igan.training.training_cli import MODULES, TrainingCLI
from igan.training.warm_start import warm_start


def train(
    kind: str,
    run: Path,
    config: str | None,
    resume: bool,
    options: Sequence[str],
    init_from: Path | None = None,
    on_note: Callable[[str], object] = lambda sentence: None,
) -> None:
    """Train a "gan" or a "projector" until its `total_images` are seen.

    A run that diverges or collapses is rolled back to its last good checkpoint and goes on with
    other random draws; the second time it is stopped.

    Args:
        kind: what to train.
        run: the run folder, new unless `resume`.
        config: a YAML file or the name of a shipped one; a resumed run has its own.
        resume: go on from the run's last checkpoint.
        options: overrides as LightningCLI takes them, such as `--model.total_images 20000`.
        init_from: a run whose networks a new run starts from.
        on_note: gets a sentence for each thing that is noted in the run's log.

    Raises:
        RunError: the folder exists, or holds nothing to resume.
        ConfigError: an unknown key or unusable value.
        TrainingError: the run diverged twice, or cannot be saved.
        KeyboardInterrupt: Ctrl-C, after the run was saved.
    """
    folder = RunFolder(run)
    if is_first_process():
        _check_folder(folder, resume)
    if init_from is not None and resume:
        raise ConfigError("`--init-from` starts a new run; leave it out to resume one.")
    arguments = config_arguments(kind, config, options, folder.config if resume else None)
    checkpoint = folder.checkpoint if resume else None

    def note(sentence: str) -> None:
        if is_first_process():
            folder.note(sentence)
            on_note(sentence)

    cli = _prepared(kind, folder, arguments)
    if init_from is not None:
        roles = warm_start(cli.model, init_from)
        note(f"started from the {' and '.join(roles)} of {init_from}.")
    try:
        _fit(cli, checkpoint)
    except UnhealthyRunError as illness:
        if cli.trainer.world_size > 1:
            raise TrainingError(
                f"{illness}; the last good checkpoint is kept: go on from it with `--resume`."
            ) from illness
        good = folder.best_checkpoint if illness.gradual else folder.checkpoint
        if not good.is_file():
            good = folder.checkpoint
        note(f"{illness}; rolled back to {good.name}, going on with other random draws.")
        _roll_back(kind, folder, arguments, good, note)


def config_arguments(
    kind: str, config: str | None, options: Sequence[str], earlier: Path | None = None
) -> list[str]:
    """The arguments for LightningCLI: configuration files in their order, then overrides.

    Raises:
        ConfigError: no configuration is named, or it is not there.
    """
    files = [] if earlier is None else [earlier]
    if config is not None:
        files += config_chain(kind, config)
    if not files:
        raise ConfigError(f"name a configuration, such as `--config NAME`, to train a {kind}.")
    return [*(part for file in files for part in ("--config", str(file))), *options]


def quieten_libraries() -> None:
    """Silence what Lightning says about itself; its warnings about a run stay."""
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", message=".*isinstance.treespec, LeafSpec.*")
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="lightning|jsonargparse")
    warnings.filterwarnings("ignore", message=".*in eval mode at the start of training")
    warnings.filterwarnings("ignore", message="You passed in a `val_dataloader`")


def describe_options(kind: str) -> str:
    """Every key that a configuration of this kind may hold, with its type and meaning."""
    parser = LightningArgumentParser(prog=f"igan train {kind}")
    parser.add_lightning_class_args(Trainer, "trainer")
    parser.add_lightning_class_args(MODULES[kind], "model")
    parser.add_lightning_class_args(PhotoDataModule, "data")
    return parser.format_help()


def _prepared(kind: str, folder: RunFolder, arguments: Sequence[str]) -> TrainingCLI:
    torch.set_flush_denormal(True)
    quieten_libraries()
    cli = TrainingCLI(kind, folder, arguments)
    cli.datamodule.check_fits(cli.model.image_size, cli.model.channels)
    folder.path.mkdir(parents=True, exist_ok=True)
    cli.write_records()
    return cli


def _fit(cli: TrainingCLI, checkpoint: Path | None) -> None:
    try:
        cli.trainer.fit(
            cli.model, datamodule=cli.datamodule, ckpt_path=checkpoint, weights_only=True
        )
    except SystemExit as stopped:
        raise KeyboardInterrupt from stopped
    finally:
        close_trackers(cli.trainer.loggers)
    if cli.checkpointing.interrupted:
        raise KeyboardInterrupt(f"interrupted; {cli.folder.path} is saved and can be resumed.")


def _roll_back(
    kind: str,
    folder: RunFolder,
    arguments: Sequence[str],
    checkpoint: Path,
    note: Callable[[str], None],
) -> None:
    cli = _prepared(kind, folder, arguments)
    cli.model.draw_anew = True
    try:
        _fit(cli, checkpoint)
    except UnhealthyRunError as again:
        note(f"{again}; stopped.")
        raise TrainingError(
            f"{again}, and this after it was rolled back once; the last good checkpoint of "
            f"{folder.path} is kept, but take a lower learning rate or a stronger penalty."
        ) from again


def _check_folder(folder: RunFolder, resume: bool) -> None:
    if resume and not (folder.checkpoint.is_file() and folder.config.is_file()):
        raise RunError(
            f"{folder.path} holds no checkpoint to resume; remove it and start without --resume."
        )
    if not resume and folder.path.exists():
        raise RunError(
            f"{folder.path} exists already; add --resume to go on with it, or name another run."
        )
