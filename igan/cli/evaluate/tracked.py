"""The figures of an evaluation, as the run in Weights & Biases that trained the model has them."""

from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.tracked import tell_figures

if TYPE_CHECKING:
    from igan.evaluation.suite.outcome import Outcome
    from igan.run_folder import RunFolder


def log_evaluation(run: "RunFolder", outcome: "Outcome", folder: Path) -> None:
    """Add every figure, with its interval, to the summary of a tracked run, and the report to it.

    Args:
        folder: with the files of the evaluation.
    """
    files = [folder / name for name in ("evaluation.json", "evaluation.md", "report.html")]
    about = {"bundle": outcome.bundle, "store": outcome.store, "machine": outcome.machine}
    tell_figures(run, "evaluation", summary_of(outcome), files, about)


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
