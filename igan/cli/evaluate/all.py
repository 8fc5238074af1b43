"""Measure everything about a bundle, in one report.

  igan evaluate all checkpoints/shoes --photos data/shoes.lmdb --originals photos/ --out runs/all
  igan evaluate all checkpoints/shoes --photos data/shoes.lmdb --parts realism speed --out runs/some

Reconstruction of held-out photos, realism of samples, nearest photos to train on, scripted edits,
edits on photos at their full size (with --originals), alignment, speed and memory. Every figure has
its 95 % interval, and every part the command that makes it alone. --scale 0.2 measures a fifth, 5
five times as much.

The folder gets report.html, evaluation.md and evaluation.json, and a folder for each part; they
are kept up to date from part to part, so that Ctrl-C loses the present part alone and --resume goes
on. A part that fails says why in the report, the others run all the same, and the command exits
with 1. With --run the figures also go to the run of Weights & Biases that trained the model.
"""

import argparse
import contextlib
import importlib
import io
import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.tracked import add_run_argument, tracked_run
from igan.errors import BadInputError, IganError
from serve.errors import ServeError

if TYPE_CHECKING:
    from igan.data.store import Store
    from igan.evaluation.suite.figure import Figure
    from igan.evaluation.suite.outcome import Outcome, PartOutcome
    from igan.evaluation.suite.part import Part
    from serve.bundle import Bundle

PURPOSE = "everything about a bundle, in one report"
PARTS = ("reconstruction", "realism", "neighbours", "scripts", "transfer", "alignment", "speed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument(
        "--photos", type=Path, required=True, metavar="STORE", help="the store it was trained on"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    add_suite_arguments(parser)
    add_run_argument(parser)


def add_suite_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what says how much is measured."""
    parser.add_argument(
        "--originals", type=Path, metavar="FOLDER", help="photos at their full size, for transfer"
    )
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS)
    )
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies all counts (1)")
    parser.add_argument("--seed", type=int, default=0, help="of samples, starts and edits (0)")
    parser.add_argument("--resume", action="store_true", help="go on with what is in --out")


def run(arguments: argparse.Namespace) -> None:
    from igan.cli.evaluate.tracked import log_evaluation
    from igan.evaluation.suite import report

    tracked = None if arguments.run is None else tracked_run(arguments.run)
    try:
        outcome = evaluate_all(
            arguments.bundle,
            arguments.photos,
            arguments.out,
            originals=arguments.originals,
            names=arguments.parts,
            scale=arguments.scale,
            seed=arguments.seed,
            resume=arguments.resume,
        )
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"interrupted; {arguments.out / 'report.html'} has the parts that are done, and "
            "--resume goes on."
        ) from None
    print(report.table(outcome))
    print(f"\n{arguments.out / 'report.html'} has the pictures, and the command of each part.")
    if tracked is not None:
        log_evaluation(tracked, outcome, arguments.out)
    refuse_failures(outcome, arguments.out)


def evaluate_all(
    bundle_path: Path,
    store_path: Path,
    out: Path,
    *,
    originals: Path | None = None,
    names: Sequence[str] = PARTS,
    scale: float = 1.0,
    seed: int = 0,
    resume: bool = False,
) -> "Outcome":
    """Run the parts one after the other, each into a folder of its own below `out`.

    Returns:
        what stands in evaluation.json; a part that failed is no exception.
    """
    from igan.data.combined import check_shape
    from igan.data.store import Store
    from igan.evaluation.suite.folder import holds_outcome, write_outcome
    from igan.evaluation.suite.part import parts_of
    from serve.bundle import load_bundle

    if not 0 < scale < float("inf") or seed < 0:
        raise BadInputError("--scale must be above 0 and --seed at least 0.")
    if originals is not None and not originals.is_dir():
        raise BadInputError(f"{originals} is not a folder; give one with photos in it.")
    bundle, store = load_bundle(bundle_path), Store(store_path)
    check_shape(store, bundle.manifest.image.size, bundle.manifest.image.channels)
    parts = [
        part
        for part in parts_of(
            bundle_path, store_path, bundle.projector is not None, originals, scale, seed
        )
        if part.name in names
    ]
    outcome = _begun(bundle, store, parts, out)
    if resume and holds_outcome(out):
        outcome = _resumed(outcome, out)
    else:
        _make_folder(out)
    write_outcome(outcome, out)
    for number, part in enumerate(parts, start=1):
        (found,) = (one for one in outcome.parts if one.name == part.name)
        if found.state in ("waiting", "failed"):
            print(f"{number} of {len(parts)}: {part.title}", file=sys.stderr)
            outcome = outcome.with_part(_run_part(part, found, out / part.name))
            write_outcome(outcome, out)
    return outcome


def refuse_failures(outcome: "Outcome", out: Path) -> None:
    """Raise IganError if a part failed."""
    failed = outcome.in_state("failed")
    if failed:
        raise IganError(
            f"{len(failed)} of {len(outcome.parts)} parts failed "
            f"({', '.join(part.name for part in failed)}); {out / 'report.html'} says why."
        )


def _begun(bundle: "Bundle", store: "Store", parts: "Sequence[Part]", out: Path) -> "Outcome":
    """The outcome before anything has run."""
    from igan.evaluation.machine import machine
    from igan.evaluation.suite.outcome import Outcome, PartOutcome

    again = out.with_name(f"{out.name}-again")
    return Outcome(
        bundle={"name": bundle.manifest.name, "digest": bundle.digest},
        store={"name": store.path.name, "digest": store.digest},
        machine=machine(),
        parts=tuple(
            PartOutcome(
                name=part.name,
                title=part.title,
                meaning=part.meaning,
                command="" if part.why_not else part.command(again / part.name),
                options=part.options,
                state="left out" if part.why_not else "waiting",
                sentence=part.why_not,
            )
            for part in parts
        ),
    )


def _resumed(begun: "Outcome", out: Path) -> "Outcome":
    """What was found until now, if it was found in the same way."""
    from igan.evaluation.suite.folder import read_outcome

    found = read_outcome(out)
    alike = [
        (one.bundle, one.store, [(part.name, part.command) for part in one.parts])
        for one in (begun, found)
    ]
    if alike[0] != alike[1]:
        raise BadInputError(
            f"{out} was begun with another bundle, other photos or other options; give the same, "
            "or name another folder."
        )
    return found


def _make_folder(out: Path) -> None:
    from serve.staging import refuse_existing

    refuse_existing(out)
    out.mkdir(parents=True)


def _run_part(part: "Part", begun: "PartOutcome", folder: Path) -> "PartOutcome":
    """Run the part's command, in this process as it would run in one of its own."""
    import torch

    began, cpu_began = time.perf_counter(), _cpu_seconds()
    torch.set_flush_denormal(False)
    try:
        if not folder.exists():
            _run_command(part, folder)
        ended = replace(begun, state="done", sentence="", figures=_figures(part, folder))
    except (IganError, ServeError) as error:
        ended = replace(begun, state="failed", sentence=str(error))
    except Exception as error:  # One part's fault must not lose the others.
        ended = replace(begun, state="failed", sentence=f"{type(error).__name__}: {error}")
    return replace(
        ended,
        seconds=time.perf_counter() - began,
        cpu_seconds=_cpu_seconds() - cpu_began,
    )


def _run_command(part: "Part", folder: Path) -> None:
    module = importlib.import_module(f"igan.cli.evaluate.{part.name}")
    parser = argparse.ArgumentParser(prog=f"igan evaluate {part.name}", allow_abbrev=False)
    module.add_arguments(parser)
    with contextlib.redirect_stdout(io.StringIO()):
        module.run(parser.parse_args(part.arguments(folder)))


def _figures(part: "Part", folder: Path) -> "tuple[Figure, ...]":
    from igan.evaluation.suite.readers import READERS

    document = json.loads((folder / f"{part.name}.json").read_text(encoding="utf-8"))
    return tuple(READERS[part.name](document))


def _cpu_seconds() -> float:
    """Of this process and of those that it has waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
