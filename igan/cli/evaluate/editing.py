"""Measure whether edits reach goals that are known to be reachable.

  igan evaluate editing checkpoints/shoes --out runs/editing
  igan evaluate editing checkpoints/shoes --out runs/editing --searched 0 --smoothness 0 5

Colour goals are strokes of one generated picture, asked of another, where the two differ by more
than 20 CIELAB units; a goal is met within 3. One start is the editor's own, and of many (--starts)
the one with the lowest objective counts. Drag goals follow a handle along a way that the pictures
really take; one is met within 1.5 pixels. The smoothness that holds an edit back keeps it from
strangers' colours, so goals are asked with each --smoothness. The folder gets editing.json,
report.html and sheet.png.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.errors import BadInputError

if TYPE_CHECKING:
    from igan.evaluation.editing import PlantedColours, PlantedDrag
    from serve.bundle import Bundle

PURPOSE = "whether edits reach planted goals: strokes and drags"
MET_LAB = 3.0
MET_PX = 1.5
CURVE_STEPS = (0, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500)
DRAWN_GOALS = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--goals", type=int, default=100, help="colour goals (100)")
    parser.add_argument(
        "--searched", type=int, default=100, help="goals also asked from many starts (100)"
    )
    parser.add_argument("--drags", type=int, default=50, help="drag goals (50)")
    parser.add_argument("--starts", type=int, default=64, help="how many starts are many (64)")
    parser.add_argument("--steps", type=int, default=200, help="gradient steps (200)")
    parser.add_argument(
        "--smoothness",
        type=float,
        nargs="+",
        default=[0.0, 0.5, 5.0],
        help="weights of staying close to the start (0 0.5 5); the many starts take the first",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the goals and starts (0)")


def run(arguments: argparse.Namespace) -> None:
    document = evaluate_editing(
        arguments.bundle,
        arguments.out,
        goals=arguments.goals,
        searched=arguments.searched,
        drags=arguments.drags,
        starts=arguments.starts,
        steps=arguments.steps,
        smoothness=arguments.smoothness,
        seed=arguments.seed,
    )
    print(table(document))
    print(f"\n{arguments.out / 'report.html'} has the curves over the steps.")


def evaluate_editing(
    bundle_path: Path,
    out: Path,
    *,
    goals: int = 100,
    searched: int = 100,
    drags: int = 50,
    starts: int = 64,
    steps: int = 200,
    smoothness: Sequence[float] = (0.0, 0.5, 5.0),
    seed: int = 0,
) -> dict[str, Any]:
    """Plant goals in a bundle's pictures and edit towards them.

    Returns:
        what stands in editing.json.
    """
    from tqdm import tqdm

    from igan.evaluation.editing import planted_colours, planted_drags
    from igan.evaluation.repeatable import load_repeatably
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if goals < 1 or steps < 1 or starts < 1 or not 0 <= searched <= goals or drags < 0:
        raise BadInputError(
            "--goals, --starts and --steps must be at least 1, --drags at least 0, and --searched "
            "from 0 to the number of goals."
        )
    if seed < 0 or not all(0 <= weight < float("inf") for weight in smoothness):
        raise BadInputError("--seed and --smoothness must be finite numbers of at least 0.")
    bundle = load_repeatably(bundle_path)
    planted = planted_colours(bundle, goals, seed)
    with tqdm(total=drags, desc="drags, planting", unit="goal", disable=None) as bar:
        handles = planted_drags(bundle, drags, seed, bar.update)
    document: dict[str, Any] = {
        "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
        "seed": seed,
        "steps": steps,
        "colours": [_colour_row(bundle, planted, weight, steps, 1, seed) for weight in smoothness],
        "drags": [_drag_row(bundle, handles, weight, steps) for weight in smoothness if handles],
    }
    if searched:
        some = planted[:searched]
        document["colours"].append(_colour_row(bundle, some, smoothness[0], steps, starts, seed))
    with staged_folder(out) as folder:
        (folder / "editing.json").write_text(json.dumps(document, indent=2) + "\n")
        _write_sheet(bundle, planted[:DRAWN_GOALS], smoothness, steps, folder)
        _write_report(document, folder)
    return document


def table(document: dict[str, Any]) -> str:
    """The figures as lines of text."""
    lines = ["strokes from smoothness   goals   error before   after   met within 3 CIELAB units"]
    lines += [
        f"{row['starts']:>7} {'start ' if row['starts'] == 1 else 'starts'}{row['smoothness']:>10g}"
        f"{row['goals']:>8}{row['median_error_lab'][0]:>15.1f}{row['median_error_lab'][-1]:>8.2f}"
        f"{row['met'][-1]:>12.0%}"
        for row in document["colours"]
    ]
    if document["drags"]:
        lines += ["", "drags, smoothness   goals   way (px)   left (px)   met within 1.5 px"]
        lines += [
            f"{row['smoothness']:>17g}{row['goals']:>8}{row['median_length_px']:>11.1f}"
            f"{row['median_followed_px']:>12.2f}{row['met_followed']:>12.0%}"
            f" (tracked anew: {row['met_followed_anew']:.0%})"
            for row in document["drags"]
        ]
    most = max(row["largest_change"] for row in document["colours"])
    lines += ["", f"The picture never changed by more than {most:.4f} of its range in a step."]
    return "\n".join(lines)


def _colour_row(
    bundle: "Bundle",
    goals: "Sequence[PlantedColours]",
    smoothness: float,
    steps: int,
    starts: int,
    seed: int,
) -> dict[str, Any]:
    import numpy as np
    from tqdm import tqdm

    from igan.evaluation.editing import batches_of, colour_errors
    from serve.latent.objective import ObjectiveWeights

    weights = ObjectiveWeights(smoothness=smoothness)
    total = steps * len(batches_of(goals, starts))
    name = (
        f"smoothness {smoothness:g}, {starts} starts"
        if starts > 1
        else f"smoothness {smoothness:g}"
    )
    with tqdm(total=total, desc=name, unit="step", disable=None) as bar:
        errors, largest_change = colour_errors(
            bundle, goals, weights, steps, starts, seed=seed, on_step=bar.update
        )
    shown = [step for step in CURVE_STEPS if step < steps] + [steps]
    return {
        "starts": starts,
        "smoothness": smoothness,
        "goals": len(goals),
        "at_steps": shown,
        "met": [float((errors[:, step] <= MET_LAB).mean()) for step in shown],
        "median_error_lab": [float(np.median(errors[:, step])) for step in shown],
        "largest_change": largest_change,
    }


def _drag_row(
    bundle: "Bundle", goals: "Sequence[PlantedDrag]", smoothness: float, steps: int
) -> dict[str, Any]:
    import numpy as np
    from tqdm import tqdm

    from igan.evaluation.editing import drag_distances_px
    from serve.latent.objective import ObjectiveWeights

    weights = ObjectiveWeights(smoothness=smoothness)
    with tqdm(
        total=steps, desc=f"drags, smoothness {smoothness:g}", unit="step", disable=None
    ) as bar:
        followed, anew = drag_distances_px(bundle, goals, weights, steps, bar.update)
    return {
        "smoothness": smoothness,
        "goals": len(goals),
        "median_length_px": float(np.median([goal.length_px for goal in goals])),
        "median_followed_px": float(np.median(followed)),
        "met_followed": float((followed <= MET_PX).mean()),
        "median_followed_anew_px": float(np.median(anew)),
        "met_followed_anew": float((anew <= MET_PX).mean()),
    }


def _write_sheet(
    bundle: "Bundle",
    goals: "Sequence[PlantedColours]",
    smoothness: Sequence[float],
    steps: int,
    folder: Path,
) -> None:
    """Start, strokes and results of a few goals."""
    import torch

    from serve.latent.bounds import Bounds
    from serve.latent.editor import LatentEditor, step_editors
    from serve.latent.objective import ObjectiveWeights
    from serve.latent.raster import GridConstraints
    from serve.photo.photo import Photo, write_photo
    from serve.photo.pixels import tensor_to_pixels
    from serve.report.sheet import contact_sheet

    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    with torch.no_grad():
        starts = bundle.generator(torch.stack([goal.start for goal in goals]))
    strokes = torch.stack(
        [
            torch.where(goal.marked.coverage > 0, goal.marked.colour, 0.8 + 0.2 * image)
            for goal, image in zip(goals, starts, strict=True)
        ]
    )
    columns = [tensor_to_pixels(starts), tensor_to_pixels(strokes)]
    for weight in smoothness:
        editors = []
        for goal in goals:
            weights = ObjectiveWeights(smoothness=weight)
            editors.append(LatentEditor(bundle.generator, goal.start[None], bounds, weights))
            editors[-1].set_constraints(GridConstraints(colour=goal.marked))
        for _ in range(steps):
            step_editors(editors)
        columns.append(tensor_to_pixels(torch.cat([editor.images for editor in editors])))
    captions = ["start", "strokes", *(f"smoothness {weight:g}" for weight in smoothness)]
    rows = [list(row) for row in zip(*columns, strict=True)]
    write_photo(Photo(contact_sheet(rows, (), captions)), folder / "sheet.png")


def _write_report(document: dict[str, Any], folder: Path) -> None:
    from serve.report.chart import Curves
    from serve.report.page import Page

    def name(row: dict[str, Any]) -> str:
        return f"{row['starts']} start(s), smoothness {row['smoothness']:g}"

    page = Page(f"Editing with {document['bundle']['name']}")
    page.paragraph(
        "Colour goals are strokes of another latent's picture where it differs by more than "
        f"20 CIELAB units; a goal is met within {MET_LAB:g}. Drag goals follow a handle along a "
        f"way that the pictures really take; one is met within {MET_PX:g} px."
    )
    page.charts(
        [
            Curves(
                {name(row): (row["at_steps"], row["met"]) for row in document["colours"]},
                "Share of colour goals met",
                " steps",
            ),
            Curves(
                {
                    name(row): (row["at_steps"], row["median_error_lab"])
                    for row in document["colours"]
                },
                "Median error under the strokes, CIELAB",
                " steps",
            ),
        ]
    )
    page.table(
        ["from", "goals", *(f"{step} steps" for step in document["colours"][0]["at_steps"])],
        [
            [name(row), row["goals"], *(f"{share:.0%}" for share in row["met"])]
            for row in document["colours"]
        ],
    )
    if document["drags"]:
        page.table(
            [
                "drags, smoothness",
                "goals",
                "median way (px)",
                "median left (px)",
                "met",
                "tracked anew",
            ],
            [
                [
                    f"{row['smoothness']:g}",
                    row["goals"],
                    f"{row['median_length_px']:.1f}",
                    f"{row['median_followed_px']:.2f}",
                    f"{row['met_followed']:.0%}",
                    f"{row['met_followed_anew']:.0%}",
                ]
                for row in document["drags"]
            ],
        )
    page.write(folder / "report.html")
