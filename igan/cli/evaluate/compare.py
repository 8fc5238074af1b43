"""Lay the evaluations of two bundles side by side.

  igan evaluate compare checkpoints/one checkpoints/other --photos data/shoes.lmdb --out runs/two
  igan evaluate compare runs/one-all runs/other-all --out runs/two

Each of the two is a bundle, which is then evaluated as `igan evaluate all` does it, or the folder
of such an evaluation. A figure is called better where the 95 % intervals lie apart. The folder gets
comparison.json, comparison.md and report.html, and the evaluations that were made, as A and B.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.evaluate.all import PARTS, add_suite_arguments, evaluate_all, refuse_failures
from igan.errors import BadInputError

if TYPE_CHECKING:
    from igan.evaluation.suite.comparison import Comparison

PURPOSE = "two bundles side by side"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", type=Path, metavar="A", help="a bundle, or an evaluation of one")
    parser.add_argument("b", type=Path, metavar="B", help="another")
    parser.add_argument(
        "--photos", type=Path, metavar="STORE", help="the store to evaluate bundles on"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    add_suite_arguments(parser)


def run(arguments: argparse.Namespace) -> None:
    from igan.evaluation.suite import comparison

    found = evaluate_compare(
        arguments.a,
        arguments.b,
        arguments.out,
        store_path=arguments.photos,
        originals=arguments.originals,
        names=arguments.parts,
        scale=arguments.scale,
        seed=arguments.seed,
        resume=arguments.resume,
    )
    print(comparison.table(found))
    print(f"\n{arguments.out / 'report.html'} has the intervals.")
    for outcome, folder in ((found.a, arguments.out / "A"), (found.b, arguments.out / "B")):
        if folder.is_dir():
            refuse_failures(outcome, folder)


def evaluate_compare(
    a: Path,
    b: Path,
    out: Path,
    *,
    store_path: Path | None = None,
    originals: Path | None = None,
    names: Sequence[str] = PARTS,
    scale: float = 1.0,
    seed: int = 0,
    resume: bool = False,
) -> "Comparison":
    """Compare two bundles or evaluations, and write the report."""
    from igan.evaluation.suite import comparison
    from igan.evaluation.suite.folder import holds_outcome, read_outcome
    from serve.staging import refuse_existing, staged_file

    if not resume:
        refuse_existing(out)
    outcomes = []
    for letter, source in (("A", a), ("B", b)):
        if holds_outcome(source):
            outcomes.append(read_outcome(source))
            continue
        if store_path is None:
            raise BadInputError(f"{source} is no evaluation; give --photos STORE to make one.")
        outcomes.append(
            evaluate_all(
                source,
                store_path,
                out / letter,
                originals=originals,
                names=names,
                scale=scale,
                seed=seed,
                resume=resume,
            )
        )
    found = comparison.compare(*outcomes)
    comparison.page(found).write(out / "report.html")
    with staged_file(out / "comparison.md") as staged:
        staged.write_text(comparison.markdown(found), encoding="utf-8")
    with staged_file(out / "comparison.json") as staged:
        staged.write_text(json.dumps(found.to_json(), indent=2) + "\n", encoding="utf-8")
    return found
