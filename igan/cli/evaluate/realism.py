"""Measure how close generated pictures come to held-out photos, in named feature spaces.

  igan evaluate realism checkpoints/shoes data/shoes.lmdb --out runs/realism
  igan evaluate realism runs/paper runs/strong data/shoes.lmdb --out runs/recipes --count 5000

Each source is a bundle, whose pictures are drawn as they will be served, or a run folder: its
averaged generator, with batch statistics estimated anew. The line "photos to train on" says what a
perfect model of the training photos would reach.

KID is measured against held-out photos, with a 95 % bootstrap interval; copies of training photos
and, unless `--photos all` is given, those on which a run chooses its best checkpoint are left out.
FID, precision (how many samples look like photos) and recall (how many photos have their like among
the samples) are measured against the photos to train on. KID and FID are small for what is alike;
no figure compares with those from other feature spaces. The folder gets realism.json, report.html
and sheet.png.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from igan.data.store import Store
    from igan.evaluation.feature_spaces import FeatureSpace
    from igan.evaluation.realism_figures import RealismFigures

PURPOSE = "generated pictures against photos, in named feature spaces"
FEWEST_SAMPLES = 100
FEWEST_TRAINING_PHOTOS = 40
MOST_TRAINING_PHOTOS = 5000
DRAWN_SAMPLES = 16
MEASURES = (("KID", "kid"), ("FID", "fid"), ("precision", "precision"), ("recall", "recall"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sources", type=Path, nargs="+", metavar="SOURCE", help="a bundle or a run folder"
    )
    parser.add_argument("store", type=Path, metavar="STORE", help="a photo store")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--count", type=int, default=5000, help="samples of each source (5000)")
    parser.add_argument("--seed", type=int, default=0, help="of the samples (0)")
    parser.add_argument(
        "--photos",
        choices=["unwatched", "all"],
        default="unwatched",
        help="held-out photos: those on which no checkpoint was chosen (default), or all",
    )
    parser.add_argument(
        "--weights",
        choices=["last", "best"],
        default="last",
        help="of run folders: the newest (default), or those of the best checkpoint",
    )
    parser.add_argument(
        "--inception",
        type=Path,
        metavar="WEIGHTS",
        help="measure with these weights of torchvision's Inception v3 too",
    )


def run(arguments: argparse.Namespace) -> None:
    figures = evaluate_realism(
        arguments.sources,
        arguments.store,
        arguments.out,
        arguments.count,
        arguments.seed,
        arguments.photos,
        arguments.weights,
        arguments.inception,
    )
    print(table(figures))
    print(f"\n{arguments.out / 'report.html'} shows them beside the photos.")


def evaluate_realism(
    sources: Sequence[Path],
    store_path: Path,
    out: Path,
    count: int = 5000,
    seed: int = 0,
    photos: Literal["unwatched", "all"] = "unwatched",
    weights: Literal["last", "best"] = "last",
    inception: Path | None = None,
) -> list["RealismFigures"]:
    """Compare `count` samples of every source with the photos of a store, and write the report."""
    import torch
    from tqdm import tqdm

    from igan.data.store import Store
    from igan.evaluation.held_out import held_out_photos
    from igan.evaluation.realism_figures import compare_with_photos
    from serve.photo.photo import Photo, write_photo
    from serve.report.sheet import contact_sheet
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if count < FEWEST_SAMPLES:
        raise BadInputError(f"--count must be at least {FEWEST_SAMPLES}, not {count}.")
    torch.set_flush_denormal(True)
    store = Store(store_path)
    spaces = _spaces(inception)
    indices, copies = held_out_photos(store)
    if photos == "unwatched":
        indices = _without_watched(store, indices)
    if len(indices) < 2:
        raise BadInputError(f"{store_path} has too few held-out photos to compare with.")
    held_out, trained = store.read(indices), _training_photos(store)
    with tqdm(total=count * len(sources), unit=" samples", disable=None) as bar:
        drawn = {
            str(source): _pictures(source, store, count, seed, weights == "best", bar.update)
            for source in sources
        }
    looked_at = len(spaces) * (len(held_out) + len(trained) + count * len(sources))
    with tqdm(total=looked_at, unit=" pictures", disable=None) as bar:
        figures = compare_with_photos(drawn, held_out, trained, spaces, bar.update)
    sheet = contact_sheet(
        [list(rows[:DRAWN_SAMPLES]) for rows in (held_out, *drawn.values())],
        ["held-out photos", *drawn],
        enlarge_to_px=64,
    )
    document = {
        "store": {"name": store_path.name, "digest": store.digest},
        "samples": count,
        "seed": seed,
        "photos": photos,
        "weights_of_runs": weights,
        "held_out_photos": len(held_out),
        "copies_of_training_photos_left_out": copies,
        "training_photos": len(trained),
        "spaces": {space.name: space.meaning for space in spaces},
        "figures": [asdict(row) for row in figures],
    }
    with staged_folder(out) as folder:
        write_photo(Photo(sheet), folder / "sheet.png")
        (folder / "realism.json").write_text(json.dumps(document, indent=2) + "\n")
        _write_page(folder / "report.html", document, sheet)
    return figures


def table(figures: Sequence["RealismFigures"]) -> str:
    """The figures as aligned lines of text."""
    width = max(len(row.source) for row in figures) + 2
    lines = [
        f"{'source':<{width}}{'space':<12}{'KID':>10}{'95 % interval':>22}{'FID':>10}"
        f"{'precision':>11}{'recall':>9}"
    ]
    for row in figures:
        low, high = row.kid_interval
        fid = "" if row.fid is None else f"{row.fid:.3f}"
        recall = "" if row.recall is None else f"{row.recall:.1%}"
        lines.append(
            f"{row.source:<{width}}{row.space:<12}{row.kid:>10.5f}"
            f"{f'{low:.5f} to {high:.5f}':>22}{fid:>10}{row.precision:>11.1%}{recall:>9}"
        )
    return "\n".join(lines)


def _spaces(inception: Path | None) -> list["FeatureSpace"]:
    from igan.evaluation.feature_spaces import alexnet_space, hog_colour_space, inception_space

    spaces = [alexnet_space(), hog_colour_space()]
    return spaces if inception is None else [*spaces, inception_space(inception)]


def _pictures(
    source: Path,
    store: "Store",
    count: int,
    seed: int,
    best: bool,
    progress: Callable[[int], object],
) -> "npt.NDArray[np.uint8]":
    from igan.evaluation.generated_pictures import pictures_of_bundle, pictures_of_run
    from igan.run_folder import RunFolder

    if RunFolder(source).networks.is_file():
        pictures = pictures_of_run(source, count, seed, progress, best)
    else:
        pictures = pictures_of_bundle(source, count, seed, progress)
    if pictures.shape[1:] != (store.size, store.size, store.channels):
        raise BadInputError(
            f"{source} draws pictures of {_shape(pictures.shape[1:])} and {store.path} holds "
            f"{_shape((store.size, store.size, store.channels))}; import the photos alike."
        )
    return pictures


def _training_photos(store: "Store") -> "npt.NDArray[np.uint8]":
    import numpy as np

    indices = np.asarray(store.indices_of("train"))
    if len(indices) < FEWEST_TRAINING_PHOTOS:
        raise BadInputError(
            f"{store.path} has {len(indices)} photos to train on, and a comparison needs "
            f"{FEWEST_TRAINING_PHOTOS}; import more photos."
        )
    if len(indices) > MOST_TRAINING_PHOTOS:
        chosen = np.linspace(0, len(indices) - 1, MOST_TRAINING_PHOTOS).round().astype(int)
        indices = indices[chosen]
    return store.read(indices)


def _without_watched(store: "Store", indices: "npt.NDArray[np.int64]") -> "npt.NDArray[np.int64]":
    import numpy as np

    from igan.evaluation.watched_photos import watched_photos

    return np.setdiff1d(indices, watched_photos(store))


def _write_page(path: Path, document: dict[str, Any], sheet: "npt.NDArray[np.uint8]") -> None:
    from serve.report.page import Page

    page = Page("How close samples come to photos")
    page.paragraph(
        f"{document['samples']:,} samples of each source against {document['held_out_photos']:,} "
        f"held-out photos (KID) and {document['training_photos']:,} photos to train on (FID, "
        f"precision, recall) of {document['store']['name']}. Left out are "
        f"{document['copies_of_training_photos_left_out']:,} held-out photos that show the same as "
        "a photo to train on"
        + (
            ", and those on which runs watch themselves."
            if document["photos"] == "unwatched"
            else "."
        )
    )
    page.table(
        ["source", "space", *(title for title, _ in MEASURES)],
        [
            [row["source"], row["space"], *(_cell(row, key) for _, key in MEASURES)]
            for row in document["figures"]
        ],
        "With 95 % intervals.",
    )
    page.points([f"{name}: {meaning}." for name, meaning in document["spaces"].items()])
    page.picture(sheet)
    page.write(path)


def _cell(row: dict[str, Any], key: str) -> str:
    if row[key] is None:
        return ""
    low, high = row[f"{key}_interval"]
    return f"{row[key]:.4g} ({low:.4g} to {high:.4g})"


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
