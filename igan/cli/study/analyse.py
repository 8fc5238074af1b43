"""Say what the answers to a study come to.

  igan study analyse studies/shoes studies/shoes/answers --out studies/shoes-result

Answers are the JSON or CSV files that the page exports, or folders of them. Prints the share judged
real of each condition with its 95 % interval, which allows for people and pictures both, and writes
analysis.json, figure.svg and report.html. Who did not finish, or missed more attention checks than
the study allows, is left out and listed. With --run the figures also go to the run of Weights &
Biases that trained the model.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.tracked import add_run_argument, tell_figures, tracked_run

if TYPE_CHECKING:
    from igan.study.analysis import Analysis

PURPOSE = "say what the answers come to"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("study", type=Path, metavar="STUDY", help="the folder of a study")
    action.add_argument(
        "answers", type=Path, nargs="+", metavar="ANSWERS", help="files, or folders of them"
    )
    action.add_argument("--out", type=Path, required=True, help="the folder to make")
    add_run_argument(action)


def run(arguments: argparse.Namespace) -> None:
    from igan.study.report import table

    tracked = None if arguments.run is None else tracked_run(arguments.run)
    analysis = analyse_study(arguments.study, arguments.answers, arguments.out)
    print(table(analysis))
    print(f"\n{arguments.out / 'report.html'} shows it with pictures.")
    if tracked is not None:
        files = sorted(arguments.out.iterdir())
        tell_figures(tracked, "study", summary_of(analysis), files, {"study": analysis.study})


def analyse_study(study: Path, answers: Sequence[Path], out: Path) -> "Analysis":
    """Analyse files of answers and write the report into the new folder `out`."""
    from igan.study.analysis import analyse
    from igan.study.answers import read_submissions
    from igan.study.key import StudyKey
    from igan.study.report import write_report
    from serve.staging import staged_folder

    key = StudyKey.read(study)
    with staged_folder(out) as staged:
        analysis = analyse(key, read_submissions(answers, key))
        write_report(analysis, key, study, staged)
    return analysis


def summary_of(analysis: "Analysis") -> dict[str, float]:
    """Every figure under "study/FIGURE", the ends of its interval beside it."""
    shares = {f"{one.condition}: judged real": one.share for one in analysis.conditions}
    differences = {
        f"{one.minuend} minus {one.subtrahend}": one.estimate for one in analysis.differences
    }
    summary: dict[str, float] = {"study/participants": analysis.participants}
    if analysis.alpha is not None:
        summary["study/agreement, alpha"] = analysis.alpha
    for name, estimate in (shares | differences).items():
        summary[f"study/{name}"] = estimate.value
        summary[f"study/{name}, low"] = estimate.low
        summary[f"study/{name}, high"] = estimate.high
    return summary
