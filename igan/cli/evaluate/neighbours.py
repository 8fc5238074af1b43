"""Measure whether a bundle repeats the photos that it was trained on.

  igan evaluate neighbours checkpoints/shoes data/shoes.lmdb --out runs/neighbours

Finds the nearest photo to train on of generated pictures, and of held-out photos for comparison: a
model that has learnt photos by heart comes nearer to them than other photos do. Held-out photos
that a photo to train on shows too are left out. The folder gets neighbours.json, report.html and
sheet.png with the pictures that come nearest.
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from igan.data.combined import SplitReader
    from igan.evaluation.neighbours import Neighbours

PURPOSE = "whether generated pictures repeat photos to train on"
SHOWN_PAIRS = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("store", type=Path, metavar="STORE", help="the store it was trained on")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--count", type=int, default=500, help="generated pictures (500)")
    parser.add_argument("--seed", type=int, default=0, help="of the pictures (0)")


def run(arguments: argparse.Namespace) -> None:
    document = evaluate_neighbours(
        arguments.bundle, arguments.store, arguments.out, arguments.count, arguments.seed
    )
    print(table(document))
    print(f"\n{arguments.out / 'report.html'} shows the pictures that come nearest.")


def evaluate_neighbours(
    bundle_path: Path, store_path: Path, out: Path, count: int = 500, seed: int = 0
) -> dict[str, Any]:
    """Compare `count` generated pictures and the held-out photos with the photos to train on.

    Returns:
        what stands in neighbours.json.
    """
    import numpy as np

    from igan.data.combined import SplitReader, check_shape
    from igan.data.store import Store
    from igan.evaluation.generated_pictures import pictures_of_network
    from igan.evaluation.held_out import held_out_photos
    from igan.evaluation.neighbours import NEIGHBOUR_SPACE
    from igan.evaluation.novelty import novelty
    from igan.evaluation.repeatable import load_repeatably
    from serve.photo.photo import Photo, write_photo
    from serve.staging import refuse_existing, staged_folder

    refuse_existing(out)
    if count < 2 or seed < 0:
        raise BadInputError("--count must be at least 2 and --seed at least 0.")
    bundle, store = load_repeatably(bundle_path), Store(store_path)
    check_shape(store, bundle.manifest.image.size, bundle.manifest.image.channels)
    reader = SplitReader([store], "train")
    held_out = held_out_photos(store)
    samples = pictures_of_network(bundle.generator, bundle.sample_latents(count, seed))
    found = _nearest(np.concatenate([samples, store.read(held_out.indices)]), reader)
    distances = found.distances[:, 0]
    figures = novelty(distances[:count], distances[count:])
    document = {
        "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
        "store": {"name": store.path.name, "digest": store.digest},
        "seed": seed,
        "samples": count,
        "held_out_photos": len(held_out.indices),
        "copies_of_training_photos_left_out": held_out.near_duplicates,
        "training_photos": len(reader),
        "space": NEIGHBOUR_SPACE,
        "figures": asdict(figures),
    }
    sheet = _sheet(samples, found, reader)
    with staged_folder(out) as folder:
        write_photo(Photo(sheet), folder / "sheet.png")
        (folder / "neighbours.json").write_text(json.dumps(document, indent=2) + "\n")
        _write_page(folder / "report.html", document, sheet)
    return document


def table(document: dict[str, Any]) -> str:
    """The figures as lines of text."""
    figures = document["figures"]
    lines = [f"distance to the nearest of {document['training_photos']:,} photos to train on"]
    lines += [
        f"{name:<22}{figures[key]:.4f} ({figures[f'{key}_interval'][0]:.4f} to "
        f"{figures[f'{key}_interval'][1]:.4f})"
        for name, key in (
            ("generated pictures", "samples"),
            ("held-out photos", "held_out"),
            ("generated is nearer", "nearer"),
        )
    ]
    return "\n".join(lines)


def _nearest(pictures: "npt.NDArray[np.uint8]", reader: "SplitReader") -> "Neighbours":
    from tqdm import tqdm

    from igan.evaluation.neighbours import nearest_photos

    with tqdm(total=len(reader), unit="photo", disable=None, leave=False) as bar:
        return nearest_photos(pictures, reader, 1, lambda done: bar.update(done - bar.n))


def _sheet(
    samples: "npt.NDArray[np.uint8]", found: "Neighbours", reader: "SplitReader"
) -> "npt.NDArray[np.uint8]":
    from serve.report.sheet import contact_sheet

    distances = found.distances[: len(samples), 0]
    nearest = distances.argsort(kind="stable")[:SHOWN_PAIRS]
    return contact_sheet(
        [list(samples[nearest]), list(reader.read(found.positions[nearest, 0]))],
        ["generated", "nearest photo"],
        [f"{distances[picture]:.3f}" for picture in nearest],
        enlarge_to_px=64,
    )


def _write_page(path: Path, document: dict[str, Any], sheet: "npt.NDArray[np.uint8]") -> None:
    from serve.report.page import Page

    page = Page(f"Nearest photos of {document['bundle']['name']}")
    page.paragraph(
        f"{document['samples']:,} generated pictures and {document['held_out_photos']:,} held-out "
        f"photos against {document['training_photos']:,} photos to train on; {document['space']}."
    )
    page.commands(table(document))
    page.heading("The generated pictures that come nearest")
    page.picture(sheet)
    page.write(path)
