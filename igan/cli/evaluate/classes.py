"""Compare models of several classes, each on its own and on the others' held-out photos.

  igan evaluate classes --pair checkpoints/shoes data/shoes.lmdb \\
      --pair checkpoints/handbags data/handbags.lmdb --cross checkpoints/everything \\
      --out runs/classes

A pair is a model and the store it was trained on; --cross adds models that belong to no class
alone. All reconstruct the same photos by the same method. What is printed is the mean PSNR and
perceptual distance with 95 % intervals, and each model's distance as a multiple of that of the
class's own model. Held-out photos that a photo to train on shows too are left out. The folder gets
classes.json, classes.md, report.html and a sheet for each class.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.evaluate.transfer import METHODS
from igan.cli.project import add_lpips_argument, perceptual_distance
from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from igan.evaluation.class_matrix import ClassMatrix, ClassPhotos
    from serve.bundle import Bundle

PURPOSE = "models of several classes, each on its own and the others' photos"
SHOWN_PHOTOS = 12
COLUMNS = ("photos", "model", "PSNR dB", "95 %", "distance", "95 %", "of the own model's", "95 %")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pair",
        type=Path,
        nargs=2,
        action="append",
        required=True,
        metavar=("BUNDLE", "STORE"),
        help="a model and the photos of its class; give it for each class",
    )
    parser.add_argument(
        "--cross",
        type=Path,
        action="append",
        default=[],
        metavar="BUNDLE",
        help="a model of several classes; can be given again",
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--count", type=int, default=100, help="held-out photos of a store, at most (100)"
    )
    parser.add_argument("--method", choices=METHODS, default="hybrid", help="of the projection")
    parser.add_argument("--iterations", type=int, default=100, help="limit of the solver (100)")
    parser.add_argument("--seed", type=int, default=0, help="of random starts (0)")
    add_lpips_argument(parser)


def run(arguments: argparse.Namespace) -> None:
    document = evaluate_classes(
        arguments.pair,
        arguments.out,
        cross=arguments.cross,
        count=arguments.count,
        method=arguments.method,
        iterations=arguments.iterations,
        seed=arguments.seed,
        lpips_weights=arguments.lpips,
    )
    print(table(document))
    print(f"\n{arguments.out / 'report.html'} shows the photos beside their reconstructions.")


def evaluate_classes(
    pairs: Sequence[Sequence[Path]],
    out: Path,
    *,
    cross: Sequence[Path] = (),
    count: int = 100,
    method: str = "hybrid",
    iterations: int = 100,
    seed: int = 0,
    lpips_weights: Path | None = None,
) -> dict[str, Any]:
    """Measure every model on the photos of every class.

    Args:
        pairs: a bundle and a store each.
        cross: bundles that belong to no class.

    Returns:
        what stands in classes.json.
    """
    from tqdm import tqdm

    from igan.data.combined import check_shape
    from igan.data.store import Store
    from igan.evaluation.class_matrix import ClassPhotos, measure_classes
    from igan.evaluation.held_out import held_out_photos
    from igan.evaluation.repeatable import load_repeatably
    from serve.latent import SolverProgress
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if len(pairs) + len(cross) < 2:
        raise BadInputError("one model has nothing to be compared with; give another --pair.")
    if min(count, iterations) < 1 or seed < 0:
        raise BadInputError("--count and --iterations must be at least 1, and --seed at least 0.")
    distance = perceptual_distance(lpips_weights)
    models = [load_repeatably(path) for path in (*(pair[0] for pair in pairs), *cross)]
    stores = [Store(pair[1]) for pair in pairs]
    for model in models:
        for store in stores:
            check_shape(store, model.manifest.image.size, model.manifest.image.channels)
    held_out = [held_out_photos(store, count) for store in stores]
    classes = [
        ClassPhotos(store.path.name, store.read(chosen.indices))
        for store, chosen in zip(stores, held_out, strict=True)
    ]
    with tqdm(unit="step", disable=None) as bar:

        def show(model: "Bundle", photos: "ClassPhotos", progress: SolverProgress) -> None:
            bar.set_description(f"{model.manifest.name} on {photos.name}", refresh=False)
            bar.update()

        matrix = measure_classes(models, classes, distance, method, iterations, seed, show)  # type: ignore[arg-type]
    document = {
        "models": [{"name": one.manifest.name, "digest": one.digest} for one in models],
        "stores": [
            {
                "name": store.path.name,
                "digest": store.digest,
                "near_duplicates_left_out": chosen.near_duplicates,
            }
            for store, chosen in zip(stores, held_out, strict=True)
        ],
        "method": method,
        "iterations": iterations,
        "seed": seed,
        "perceptual": distance.name,
        "figures": [asdict(row) for row in matrix.figures],
    }
    with staged_folder(out) as folder:
        _write(folder, document, matrix, classes)
    return document


def table(document: dict[str, Any]) -> str:
    """The figures as aligned lines of text."""
    rows = [COLUMNS, *_rows(document)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _rows(document: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            f"{row['photos']} ({row['count']})",
            f"{row['model']} (own)" if row["is_own"] else row["model"],
            f"{row['psnr_db']:.2f}",
            _interval(row["psnr_interval_db"], ".2f"),
            f"{row['perceptual']:.4f}",
            _interval(row["perceptual_interval"], ".4f"),
            "" if row["is_own"] else f"{row['to_own']:.2f}",
            "" if row["is_own"] else _interval(row["to_own_interval"], ".2f"),
        )
        for row in document["figures"]
    ]


def _interval(interval: Sequence[float], form: str) -> str:
    return f"{interval[0]:{form}} to {interval[1]:{form}}"


def _write(
    folder: Path,
    document: dict[str, Any],
    matrix: "ClassMatrix",
    classes: "Sequence[ClassPhotos]",
) -> None:
    from serve.photo.photo import Photo, write_photo
    from serve.report.page import Page

    page = Page("Models of several classes")
    page.paragraph(
        f"Held-out photos reconstructed by {document['method']}, at most {document['iterations']} "
        f"iterations. Distance: {document['perceptual']}, lower is better; intervals are 95 % "
        "bootstrap over photos."
    )
    page.table(COLUMNS, _rows(document))
    models = [model["name"] for model in document["models"]]
    for number, photos in enumerate(classes):
        first = number * len(models)
        sheet = _sheet(photos, models, matrix.reconstructions[first : first + len(models)])
        write_photo(Photo(sheet), folder / f"sheet-{number + 1}.png")
        page.heading(photos.name)
        page.picture(sheet)
    page.write(folder / "report.html")
    lines = [
        f"| {' | '.join(row)} |" for row in (COLUMNS, ("---",) * len(COLUMNS), *_rows(document))
    ]
    (folder / "classes.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "classes.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _sheet(
    photos: "ClassPhotos", models: Sequence[str], found: "Sequence[npt.NDArray[np.uint8]]"
) -> "npt.NDArray[np.uint8]":
    from serve.report.sheet import contact_sheet

    rows = [photos.photos, *found]
    return contact_sheet(
        [list(pictures[:SHOWN_PHOTOS]) for pictures in rows],
        ["photo", *models],
        enlarge_to_px=64,
    )
