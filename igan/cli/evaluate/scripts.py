"""Measure a fixed set of scripted edits: are they satisfied, and how close do they stay?

  igan evaluate scripts checkpoints/shoes data/shoes.lmdb --out runs/scripts

Six scripts (strokes of colour, one with a stroke to keep, a sketched edge, a dragged patch, a
dragged point) are carried out on held-out photos with the editor's defaults. Satisfaction is what
is left of the error under the strokes, closeness how far latent and picture went; the goals are a
person's, and nothing says that the model can reach them (`igan evaluate editing` plants goals of
which that is known). The folder gets scripts.json, report.html and sheet.png.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.evaluate.transfer import METHODS
from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from igan.evaluation.scripted_edits import ScriptedResults
    from serve.latent import SolverProgress

PURPOSE = "a fixed set of scripted edits: satisfaction and closeness"
SHOWN_PHOTOS = 12


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("store", type=Path, metavar="STORE", help="a photo store")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--count", type=int, default=40, help="held-out photos, at most (40)")
    parser.add_argument("--method", choices=METHODS, default="hybrid", help="of the projection")
    parser.add_argument("--iterations", type=int, default=60, help="limit of the projection (60)")
    parser.add_argument("--steps", type=int, default=100, help="of the editor (100)")
    parser.add_argument("--seed", type=int, default=0, help="of random starts (0)")


def run(arguments: argparse.Namespace) -> None:
    document = evaluate_scripts(
        arguments.bundle,
        arguments.store,
        arguments.out,
        arguments.count,
        arguments.method,
        arguments.iterations,
        arguments.steps,
        arguments.seed,
    )
    print(table(document))
    print(f"\n{arguments.out / 'report.html'} shows the results.")


def evaluate_scripts(
    bundle_path: Path,
    store_path: Path,
    out: Path,
    count: int = 40,
    method: str = "hybrid",
    iterations: int = 60,
    steps: int = 100,
    seed: int = 0,
) -> dict[str, Any]:
    """Carry out the scripts on up to `count` held-out photos.

    Returns:
        what stands in scripts.json.
    """
    from tqdm import tqdm

    from igan.data.combined import check_shape
    from igan.data.store import Store
    from igan.evaluation.held_out import held_out_photos
    from igan.evaluation.repeatable import load_repeatably
    from igan.evaluation.scripted_edits import PHOTOS_AT_ONCE, carry_out_scripts
    from serve.photo.photo import Photo, write_photo
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if min(count, iterations, steps) < 1 or seed < 0:
        raise BadInputError(
            "--count, --iterations and --steps must be at least 1, and --seed at least 0."
        )
    bundle, store = load_repeatably(bundle_path), Store(store_path)
    check_shape(store, bundle.manifest.image.size, bundle.manifest.image.channels)
    photos = store.read(held_out_photos(store, count).indices)
    total = steps * -(-len(photos) // PHOTOS_AT_ONCE)
    with (
        tqdm(desc="project", unit="step", disable=None, leave=False) as projecting,
        tqdm(total=total, desc="edit", unit="step", disable=None) as editing,
    ):

        def show(progress: "SolverProgress") -> None:
            projecting.update()

        starts, results = carry_out_scripts(
            bundle,
            photos,
            method,  # type: ignore[arg-type]
            iterations,
            steps,
            seed,
            show,
            editing.update,
        )
    document = {
        "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
        "store": {"name": store.path.name, "digest": store.digest},
        "photos": len(photos),
        "method": method,
        "iterations": iterations,
        "steps": steps,
        "seed": seed,
        "scripts": [_row(result) for result in results],
    }
    sheet = _sheet(photos, starts, results)
    with staged_folder(out) as folder:
        write_photo(Photo(sheet), folder / "sheet.png")
        (folder / "scripts.json").write_text(json.dumps(document, indent=2) + "\n")
        _write_page(folder / "report.html", document, sheet)
    return document


def table(document: dict[str, Any]) -> str:
    """The figures as lines of text."""
    lines = []
    for row in document["scripts"]:
        lines.append(f"{row['script']}: {document['photos']} photos")
        lines += [
            f"  {key:<26}{measure['before']:>8.3f} before {measure['after']:>8.3f} after "
            f"({measure['after_interval'][0]:.3f} to {measure['after_interval'][1]:.3f})"
            for key, measure in row["measures"].items()
        ]
        lines += [
            f"  {key:<26}{row[key]:>8.3f} ({row[f'{key}_interval'][0]:.3f} to "
            f"{row[f'{key}_interval'][1]:.3f})"
            for key in ("latent_distance", "picture_distance")
        ]
    return "\n".join(lines)


def _row(result: "ScriptedResults") -> dict[str, Any]:
    """Means over the photos; a measure over those on which it is one."""
    import numpy as np

    from igan.evaluation.bootstrap import bootstrap_interval

    names = dict.fromkeys(
        name for one in result.satisfaction for stroke in one.strokes for name in stroke.measures
    )
    measures = {}
    for name in names:
        found = [mean for one in result.satisfaction if (mean := one.mean(name)) is not None]
        before = np.array([mean.before for mean in found])
        after = np.array([mean.after for mean in found])
        measures[name] = {
            "photos": len(found),
            "before": float(before.mean()),
            "before_interval": bootstrap_interval(before),
            "after": float(after.mean()),
            "after_interval": bootstrap_interval(after),
        }
    latents = np.array([one.latent_distance for one in result.satisfaction])
    pictures = np.array([one.picture_distance for one in result.satisfaction])
    return {
        "script": result.script,
        "measures": measures,
        "latent_distance": float(latents.mean()),
        "latent_distance_interval": bootstrap_interval(latents),
        "picture_distance": float(pictures.mean()),
        "picture_distance_interval": bootstrap_interval(pictures),
    }


def _sheet(
    photos: "npt.NDArray[np.uint8]",
    starts: "npt.NDArray[np.uint8]",
    results: "Sequence[ScriptedResults]",
) -> "npt.NDArray[np.uint8]":
    from serve.report.sheet import contact_sheet

    rows = {"photo": photos, "projection": starts}
    rows |= {result.script: result.pictures for result in results}
    return contact_sheet(
        [list(pictures[:SHOWN_PHOTOS]) for pictures in rows.values()], list(rows), enlarge_to_px=64
    )


def _write_page(path: Path, document: dict[str, Any], sheet: "npt.NDArray[np.uint8]") -> None:
    from serve.report.page import Page

    page = Page(f"Scripted edits with {document['bundle']['name']}")
    page.paragraph(
        f"Each script on {document['photos']} held-out photos, {document['steps']} steps of the "
        "editor with its default weights. Colour errors and changes in CIELAB units, agreement of "
        "edges from 0 to 1, handles in pixels of the network's picture; distances of latents are "
        "root mean squares, of pictures mean differences, black to white being 1."
    )
    page.commands(table(document))
    page.picture(sheet)
    page.write(path)
