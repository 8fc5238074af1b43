"""Measure how well a bundle reconstructs held-out photos.

  igan evaluate reconstruction checkpoints/shoes data/shoes.lmdb --out runs/reconstruction
  igan evaluate reconstruction checkpoints/shoes data/shoes.lmdb --against checkpoints/everything \\
      --also data/handbags.lmdb --count 100 --out runs/reconstruction

Prints the mean projection loss of the three methods (projection network, optimisation from one
random start, and hybrid, all with the same solver and limit) with 95 % bootstrap intervals, and
hybrid's ratio to each of the others. With --starts 20 also the best of 20 random starts.
`--against` measures other models on the same photos, `--also` all of them on other photos; it is
then said how well each model tells these from its own.

Held-out photos that a photo to train on shows too are left out. The folder gets
reconstruction.json, reconstruction.md, report.html and a sheet (the photos from the best to the
worst, their reconstructions, and the nearest photo to train on) for each model and store.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from igan.cli.project import add_lpips_argument, perceptual_distance
from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from igan.data.store import Store
    from igan.evaluation.held_out import HeldOut
    from igan.evaluation.perceptual import PerceptualDistance
    from igan.evaluation.reconstruction import MethodComparison
    from igan.evaluation.reconstruction_report import Reconstruction
    from serve.bundle import Bundle

PURPOSE = "the projection methods on held-out photos"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("store", type=Path, metavar="STORE", help="a photo store")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--against",
        type=Path,
        action="append",
        default=[],
        metavar="BUNDLE",
        help="another model to be measured on the same photos; can be given again",
    )
    parser.add_argument(
        "--also",
        type=Path,
        action="append",
        default=[],
        metavar="STORE",
        help="other photos to measure the models on; can be given again",
    )
    parser.add_argument(
        "--count", type=int, default=500, help="held-out photos of a store, at most (500)"
    )
    parser.add_argument("--iterations", type=int, default=200, help="limit of the solver (200)")
    parser.add_argument(
        "--starts",
        type=int,
        default=1,
        help="above 1, measure also the best of so many random starts",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random starts (0)")
    parser.add_argument(
        "--keep-near-duplicates",
        action="store_true",
        help="measure also held-out photos that a photo to train on shows too",
    )
    add_lpips_argument(parser)


def run(arguments: argparse.Namespace) -> None:
    figures = evaluate_reconstruction(
        arguments.bundle,
        arguments.store,
        arguments.out,
        arguments.count,
        arguments.iterations,
        arguments.seed,
        starts=arguments.starts,
        against=arguments.against,
        also=arguments.also,
        keep_near_duplicates=arguments.keep_near_duplicates,
        lpips_weights=arguments.lpips,
    )
    print(table(figures))
    print(f"\n{arguments.out / 'report.html'} shows the photos beside their reconstructions.")


def evaluate_reconstruction(
    bundle_path: Path,
    store_path: Path,
    out: Path,
    count: int,
    iterations: int = 200,
    seed: int = 0,
    *,
    starts: int = 1,
    against: Sequence[Path] = (),
    also: Sequence[Path] = (),
    keep_near_duplicates: bool = False,
    lpips_weights: Path | None = None,
) -> list["Reconstruction"]:
    """Compare the methods on up to `count` held-out photos of each store, with each bundle.

    Returns:
        `bundle_path` on `store_path` first, then the other models on it, then all on the other
        stores.
    """
    from igan.data.combined import check_shape
    from igan.data.store import Store
    from igan.evaluation.reconstruction_report import Reconstruction
    from igan.evaluation.repeatable import load_repeatably
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if count < 1 or iterations < 1 or starts < 1:
        raise BadInputError("--count, --iterations and --starts must be at least 1.")
    distance = perceptual_distance(lpips_weights)
    bundles = [load_repeatably(path) for path in (bundle_path, *against)]
    stores = [Store(path) for path in (store_path, *also)]
    for bundle in bundles:
        for store in stores:
            check_shape(store, bundle.manifest.image.size, bundle.manifest.image.channels)
    held_out = [_held_out(store, count, keep_near_duplicates) for store in stores]
    found = []
    for store, chosen in zip(stores, held_out, strict=True):
        photos = store.read(chosen.indices)
        nearest = _nearest(store, photos)
        for bundle in bundles:
            title = f"{bundle.manifest.name} on {store.path.name}"
            comparison = _compare(bundle, photos, iterations, seed, starts, distance, title)
            found.append(
                Reconstruction(
                    bundle=bundle.manifest.name,
                    bundle_digest=bundle.digest,
                    store=store.path.name,
                    store_digest=store.digest,
                    photos=photos,
                    near_duplicates=chosen.near_duplicates,
                    comparison=comparison,
                    nearest=nearest,
                )
            )
    with staged_folder(out) as folder:
        _write(folder, found, distance.name, iterations, seed)
    return found


def table(figures: Sequence["Reconstruction"]) -> str:
    """The figures as aligned lines of text."""
    from igan.evaluation import reconstruction_report

    return reconstruction_report.table(figures)


def _held_out(store: "Store", count: int, keep_near_duplicates: bool) -> "HeldOut":
    from tqdm import tqdm

    from igan.evaluation.held_out import held_out_photos

    with tqdm(total=len(store), unit="photo", desc="copies", disable=None, leave=False) as bar:
        return held_out_photos(
            store, count, keep_near_duplicates, lambda done: bar.update(done - bar.n)
        )


def _nearest(store: "Store", photos: "npt.NDArray[np.uint8]") -> "npt.NDArray[np.uint8] | None":
    from tqdm import tqdm

    from igan.data.combined import SplitReader
    from igan.evaluation.neighbours import nearest_photos

    if len(store.indices_of("train")) == 0:
        return None
    reader = SplitReader([store], "train")
    with tqdm(total=len(reader), unit="photo", desc="nearest", disable=None, leave=False) as bar:
        found = nearest_photos(photos, reader, 1, lambda done: bar.update(done - bar.n))
    return reader.read(found.positions[:, 0])


def _compare(
    bundle: "Bundle",
    photos: "npt.NDArray[np.uint8]",
    iterations: int,
    seed: int,
    starts: int,
    distance: "PerceptualDistance",
    title: str,
) -> "MethodComparison":
    from tqdm import tqdm

    from igan.evaluation.reconstruction import compare_methods
    from serve.latent import Method, SolverProgress

    with tqdm(unit="step", disable=None) as bar:

        def show(method: Method, progress: SolverProgress) -> None:
            rows = len(progress.finished)
            done = progress.iterations.masked_fill(progress.finished, iterations).sum()
            bar.set_description(f"{title}, {method}", refresh=False)
            bar.total = rows * iterations
            bar.update(int(done) - bar.n)

        return compare_methods(bundle, photos, iterations, seed, starts, distance, show)


def _write(
    folder: Path,
    found: Sequence["Reconstruction"],
    perceptual: str,
    iterations: int,
    seed: int,
) -> None:
    from dataclasses import asdict

    from igan.evaluation import reconstruction_report
    from serve.photo.photo import Photo, write_photo

    sheets = [reconstruction_report.sheet(row) for row in found]
    for number, drawn in enumerate(sheets):
        name = "sheet.png" if number == 0 else f"sheet-{number + 1}.png"
        write_photo(Photo(drawn), folder / name)
    alarms, told = reconstruction_report.told_apart(found)
    document = {
        **found[0].to_json(),
        "iterations": iterations,
        "seed": seed,
        "perceptual": perceptual,
        "others": [row.to_json() for row in found[1:]],
        "false_alarms": alarms,
        "told_apart": [
            {"bundle": row.bundle, "store": row.store, **asdict(detection)}
            for row, detection in told
        ],
    }
    (folder / "reconstruction.json").write_text(
        json.dumps(document, indent=2) + "\n", encoding="utf-8"
    )
    (folder / "reconstruction.md").write_text(
        reconstruction_report.markdown(found, perceptual), encoding="utf-8"
    )
    reconstruction_report.page(found, sheets, perceptual, iterations).write(folder / "report.html")
