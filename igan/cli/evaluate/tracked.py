"""The figures of an evaluation, told to the run in Weights & Biases that trained the model."""

from pathlib import Path
from typing import TYPE_CHECKING

from igan.errors import RunError

if TYPE_CHECKING:
    from igan.evaluation.suite.outcome import Outcome
    from igan.run_folder import RunFolder


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


def log_evaluation(run: "RunFolder", outcome: "Outcome", folder: Path) -> None:
    """Add every figure, with its interval, to the summary of a tracked run, and the report to it.

    Args:
        folder: with the files of the evaluation.
    """
    import wandb

    from igan.training.tracking import PROJECT, tracked_id

    report = wandb.Artifact(
        f"{run.path.name}-evaluation",
        "evaluation",
        metadata={"bundle": outcome.bundle, "store": outcome.store, "machine": outcome.machine},
    )
    for name in ("evaluation.json", "evaluation.md", "report.html"):
        report.add_file(str(folder / name))
    with wandb.init(project=PROJECT, id=tracked_id(run), resume="allow", dir=run.path) as tracked:
        tracked.summary.update(summary_of(outcome))
        tracked.log_artifact(report)


def summary_of(outcome: "Outcome") -> dict[str, float]:
    """Every figure under "evaluation/PART/FIGURE", the ends of its interval beside it."""
    summary = {}
    for part, figure in outcome.figures():
        name = f"evaluation/{part.name}/{figure.name.replace('/', 'over')}"
        if figure.value is not None:
            summary[name] = figure.value
        if figure.interval is not None:
            summary[f"{name}, low"], summary[f"{name}, high"] = figure.interval
    return summary
