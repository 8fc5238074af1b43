"""Measure how well a bundle reconstructs held-out photos.

  igan evaluate reconstruction checkpoints/shoes data/shoes.lmdb --out runs/reconstruction

Prints the mean projection loss of the three methods (projection network, optimisation from one
random start, and hybrid, all with the same solver and limit) with 95 % bootstrap intervals, and
writes reconstruction.json and sheet.png.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from igan.errors import BadInputError

if TYPE_CHECKING:
    from igan.evaluation.reconstruction import MethodFigures

COLUMNS = (
    ("loss", ".4f"),
    ("pixel", ".4f"),
    ("feature", ".4f"),
    ("psnr_db", ".2f"),
    ("gradient_steps", ".0f"),
    ("seconds_per_photo", ".2f"),
)
DRAWN_PHOTOS = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("store", type=Path, metavar="STORE", help="a photo store")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--count", type=int, default=500, help="held-out photos, at most (500)")
    parser.add_argument("--iterations", type=int, default=200, help="limit of the solver (200)")
    parser.add_argument("--seed", type=int, default=0, help="of the random starts (0)")


def run(arguments: argparse.Namespace) -> None:
    figures = evaluate_reconstruction(
        arguments.bundle,
        arguments.store,
        arguments.out,
        arguments.count,
        arguments.iterations,
        arguments.seed,
    )
    print(table(figures))
    print(f"\n{arguments.out / 'sheet.png'} shows the photos beside their reconstructions.")


def evaluate_reconstruction(
    bundle_path: Path, store_path: Path, out: Path, count: int, iterations: int = 200, seed: int = 0
) -> list["MethodFigures"]:
    """Compare the three methods on the first `count` held-out photos of a store."""
    from tqdm import tqdm

    from igan.data.store import Store
    from igan.evaluation.reconstruction import compare_methods
    from serve.bundle import load_bundle
    from serve.latent import Method, SolverProgress
    from serve.photo.photo import Photo, write_photo
    from serve.report.sheet import contact_sheet
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if count < 1 or iterations < 1:
        raise BadInputError("--count and --iterations must be at least 1.")
    store = Store(store_path)
    heldout = store.indices_of("test")[:count]
    if len(heldout) == 0:
        raise BadInputError(f"{store_path} has no held-out photos; import some under test/.")
    photos = store.read(heldout)
    bundle = load_bundle(bundle_path)
    with tqdm(total=len(photos) * iterations, unit="step", disable=None) as bar:

        def show(method: Method, progress: SolverProgress) -> None:
            bar.set_description(method)
            done = progress.iterations.masked_fill(progress.finished, iterations).sum()
            bar.update(int(done) - bar.n)

        figures, projections = compare_methods(bundle, photos, iterations, seed, show)
    rows = [photos, *(projection.reconstructions for projection in projections.values())]
    sheet = contact_sheet(
        [list(row[:DRAWN_PHOTOS]) for row in rows],
        ["photo", *projections],
        enlarge_to_px=64,
    )
    with staged_folder(out) as folder:
        write_photo(Photo(sheet), folder / "sheet.png")
        document = {
            "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
            "store": {"name": store_path.name, "digest": store.digest},
            "photos": len(photos),
            "iterations": iterations,
            "seed": seed,
            "methods": [asdict(row) for row in figures],
        }
        (folder / "reconstruction.json").write_text(json.dumps(document, indent=2) + "\n")
    return figures


def table(figures: Sequence["MethodFigures"]) -> str:
    """The figures as aligned lines of text."""
    lines = [f"{'method':<14}" + "".join(f"{name:>18}" for name, _ in COLUMNS) + "   95 % of loss"]
    for row in figures:
        cells = "".join(f"{getattr(row, name):>18{form}}" for name, form in COLUMNS)
        low, high = row.interval
        lines.append(f"{row.method:<14}{cells}   {low:.4f} to {high:.4f}")
    return "\n".join(lines)
