"""Figures, told to the run in Weights & Biases that trained the model."""

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.errors import IganError, RunError

if TYPE_CHECKING:
    from igan.run_folder import RunFolder


def add_run_argument(parser: argparse.ArgumentParser) -> None:
    """Let people name the run that gets the figures."""
    parser.add_argument(
        "--run",
        type=Path,
        metavar="RUN",
        help="the run folder of the model, to whose run in Weights & Biases the figures go too",
    )


def tracked_run(run: Path) -> "RunFolder":
    """The folder of a run that Weights & Biases knows.

    Raises:
        RunError: it knows none of this folder.
    """
    from igan.run_folder import RunFolder

    folder = RunFolder(run)
    if not folder.tracked_id.is_file():
        raise RunError(
            f"{run} was not tracked with Weights & Biases; train with `--tracking wandb`, or leave "
            "out --run."
        )
    return folder


def tell_figures(
    run: "RunFolder",
    kind: str,
    figures: Mapping[str, float],
    files: Iterable[Path],
    metadata: Mapping[str, Any],
) -> None:
    """Add figures to the summary of a tracked run, and files to it as an artifact.

    Args:
        kind: of the artifact, and the end of its name.
        figures: by the name that each has in the summary.

    Raises:
        IganError: Weights & Biases refuses them.
    """
    import wandb

    from igan.training.tracking import PROJECT, tracked_id

    artifact = wandb.Artifact(f"{run.path.name}-{kind}", kind, metadata=dict(metadata))
    for file in files:
        artifact.add_file(str(file))
    try:
        with wandb.init(
            project=PROJECT, id=tracked_id(run), resume="allow", dir=run.path
        ) as tracked:
            tracked.summary.update(dict(figures))
            tracked.log_artifact(artifact)
    except wandb.Error as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise IganError(
            f"the figures are written, but Weights & Biases did not take them ({reason}); log in, "
            "or set WANDB_MODE=offline."
        ) from error
