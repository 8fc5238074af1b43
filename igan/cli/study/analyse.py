"""Say what the answers to a study come to.

  igan study analyse studies/shoes studies/shoes/answers --out studies/shoes-result

Answers are the JSON or CSV files that the page exports, or folders of them. Prints the share judged
real of each condition with its 95 % interval, which allows for people and pictures both, and writes
analysis.json, figure.svg and report.html. Who did not finish, or missed more attention checks than
the study allows, is left out and listed.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from igan.study.analysis import Analysis

PURPOSE = "say what the answers come to"


def add_arguments(action: argparse.ArgumentParser) -> None:
    action.add_argument("study", type=Path, metavar="STUDY", help="the folder of a study")
    action.add_argument(
        "answers", type=Path, nargs="+", metavar="ANSWERS", help="files, or folders of them"
    )
    action.add_argument("--out", type=Path, required=True, help="the folder to make")


def run(arguments: argparse.Namespace) -> None:
    from igan.study.report import table

    print(table(analyse_study(arguments.study, arguments.answers, arguments.out)))
    print(f"\n{arguments.out / 'report.html'} shows it with pictures.")


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
