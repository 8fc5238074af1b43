"""Where curves and pictures go besides the run folder: Weights & Biases, or TensorBoard."""

import importlib.util
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from lightning.pytorch.loggers import CSVLogger, Logger, TensorBoardLogger, WandbLogger
from torch import Tensor

from igan.data.store import Store
from igan.errors import ConfigError
from igan.run_folder import RunFolder
from igan.training.processes import is_first_process
from serve.staging import staged_file

Tracking = Literal["files", "wandb", "tensorboard"]

PROJECT = "igan"


def loggers_of(folder: RunFolder, tracking: Tracking) -> list[Logger]:
    """The loggers of a run: always its CSV files, and those of the chosen tracker.

    Raises:
        ConfigError: TensorBoard is chosen and not installed.
    """
    loggers: list[Logger] = [CSVLogger(folder.path, name="metrics", flush_logs_every_n_steps=1)]
    if tracking == "wandb":
        loggers.append(
            WandbLogger(
                folder.path.name,
                folder.path,
                project=PROJECT,
                id=tracked_id(folder),
                resume="allow",
                job_type="train",
            )
        )
    elif tracking == "tensorboard":
        if importlib.util.find_spec("tensorboard") is None:
            raise ConfigError(
                "tracking with TensorBoard needs its package; `pip install 'igan[tensorboard]'`, "
                "or choose `--tracking files`."
            )
        loggers.append(TensorBoardLogger(folder.path, name="tensorboard", version=""))
    return loggers


def tracked_id(folder: RunFolder) -> str:
    """The id under which Weights & Biases knows a run: made once, then kept in its folder.

    The agent of a sweep gives its runs their ids.
    """
    if not folder.tracked_id.is_file():
        folder.path.mkdir(parents=True, exist_ok=True)
        with staged_file(folder.tracked_id) as staged:
            staged.write_text(os.environ.get("WANDB_RUN_ID") or secrets.token_hex(4))
    return folder.tracked_id.read_text().strip()


def log_picture(loggers: Iterable[Logger], title: str, picture: Tensor, images_seen: int) -> None:
    """Show a picture `float32 (3, H, W)` in [0, 1] in every logger that takes pictures."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            logger.log_image(title, [picture], step=images_seen)
        elif isinstance(logger, TensorBoardLogger):
            logger.experiment.add_image(title, picture, images_seen)


def log_start(
    loggers: Iterable[Logger],
    config: Mapping[str, Any],
    environment: Mapping[str, Any],
    stores: Iterable[Store],
) -> None:
    """Tell the trackers what a run is: its configuration, its system, the stores it reads."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            logger.experiment.config.update(
                {**config, "environment": dict(environment)}, allow_val_change=True
            )
            for store in stores:
                _log_input(logger.experiment, store_artifact(store), [store.digest[:12]])
        elif isinstance(logger, TensorBoardLogger):
            logger.experiment.add_text("config", f"```\n{json.dumps(config, indent=2)}\n```")


def log_checkpoints(loggers: Iterable[Logger], folder: RunFolder, images_seen: int) -> None:
    """Give the trackers the run's checkpoints as they are now."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            for artifact, alias in checkpoint_artifacts(folder, images_seen):
                logger.experiment.log_artifact(artifact, aliases=[alias])


def log_bundle(folder: RunFolder, bundle: Path) -> None:
    """Tell Weights & Biases that `bundle` was exported from the networks of a run that it tracks.

    Starts a run of its own, whose input is the run's newest checkpoint and whose output the bundle.
    """
    import wandb

    with wandb.init(
        project=PROJECT, dir=folder.path, job_type="export", name=f"export {bundle.name}"
    ) as run:
        for artifact, alias in checkpoint_artifacts(folder):
            if alias == "latest":
                _log_input(run, artifact, [alias])
        manifest = json.loads((bundle / "manifest.json").read_text())
        made = wandb.Artifact(bundle.name, "bundle", metadata={"manifest": manifest})
        made.add_dir(str(bundle))
        run.log_artifact(made)


def store_artifact(store: Store) -> Any:
    """A store by its digest and description; its photos stay where they are."""
    import wandb

    metadata = {"digest": store.digest, **_described(store)}
    artifact = wandb.Artifact(store.path.stem, "dataset", metadata=metadata)
    with artifact.new_file("store.json") as file:
        json.dump(metadata, file, indent=2)
    return artifact


def checkpoint_artifacts(
    folder: RunFolder, images_seen: int | None = None
) -> list[tuple[Any, str]]:
    """The run's checkpoints with their networks, and the name that each goes by."""
    import wandb

    found = []
    for alias, networks, checkpoint in (
        ("best", folder.best_networks, folder.best_checkpoint),
        ("latest", folder.networks, folder.checkpoint),
    ):
        if not networks.is_file():
            continue
        metadata = {} if images_seen is None else {"images_seen": images_seen}
        artifact = wandb.Artifact(f"{folder.path.name}-checkpoint", "checkpoint", metadata=metadata)
        for path in (networks, checkpoint, folder.config):
            if path.is_file():
                artifact.add_file(str(path))
        found.append((artifact, alias))
    return found


def _log_input(run: Any, artifact: Any, aliases: list[str]) -> None:
    """Declare an artifact as what a run was made from.

    The public `use_artifact` asks the server and so refuses to work offline; this records the same
    for the time when an offline run is synchronised.
    """
    run._log_artifact(artifact, aliases=aliases, is_user_created=True, use_after_commit=True)


def _described(store: Store) -> dict[str, Any]:
    return {
        "photos": len(store),
        "size": store.size,
        "channels": store.channels,
        "held_out": len(store.indices_of("test")),
        "sources": [source.name for source in store.meta.sources],
    }


def close_trackers(loggers: Iterable[Logger]) -> None:
    """End what is told to trackers, so that another run of this process is one of its own."""
    for logger in loggers:
        if isinstance(logger, WandbLogger) and is_first_process():
            logger.experiment.finish()
