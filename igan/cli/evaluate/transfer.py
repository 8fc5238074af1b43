"""Measure what edit transfer does to real photos.

  igan evaluate transfer checkpoints/shoes photos/ --out runs/transfer

Edits photos of a folder (strokes of a colour and walks towards each other's projections, in turn)
and carries the edits to their full size. Prints for each photo

  texture    Laplacian energy that shape alone and colour alone keep of what they should
             (1 is all), and that of the enlarged generator's picture
  motion     correlation of the motion found anew between photo and result, at the network's size,
  colour     and of the difference of colours, with those between G(z0) and G(z1)

and writes transfer.json, transfer.md, sheet.png (worst first), report.html and the edited photos.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from igan.cli.framing import add_frame_argument, frame_of
from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from igan.evaluation.transfer import RealEdit
    from serve.photo.photo import Photo

PURPOSE = "texture and faithfulness of edits carried to real photos"
PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".avif"})
METHODS = ("hybrid", "network", "optimisation")
SHOWN_SIDE_PX = 256
COLUMNS = (
    ("texture, shape", "texture_shape"),
    ("texture, colour", "texture_colour"),
    ("texture, G(z1)", "texture_generator"),
    ("motion", "motion_correlation"),
    ("colour", "colour_correlation"),
    ("edited share", "edited_share"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("photos", type=Path, metavar="PHOTOS", help="a folder of photos")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--count", type=int, default=20, help="photos, evenly picked (20)")
    parser.add_argument("--method", choices=METHODS, default="hybrid", help="of the projection")
    parser.add_argument("--iterations", type=int, default=60, help="limit of the projection (60)")
    parser.add_argument("--seed", type=int, default=0, help="of hues and random starts (0)")
    add_frame_argument(parser)


def run(arguments: argparse.Namespace) -> None:
    document = evaluate_transfer(
        arguments.bundle,
        arguments.photos,
        arguments.out,
        count=arguments.count,
        method=arguments.method,
        iterations=arguments.iterations,
        seed=arguments.seed,
        frame=arguments.frame,
    )
    print(table(document))
    print(f"\n{arguments.out / 'report.html'} shows the edits, the worst first.")


def evaluate_transfer(
    bundle_path: Path,
    folder: Path,
    out: Path,
    count: int = 20,
    method: str = "hybrid",
    iterations: int = 60,
    seed: int = 0,
    frame: str = "centre",
) -> dict[str, Any]:
    """Edit photos of a folder and measure the results.

    Returns:
        what stands in transfer.json.
    """
    import numpy as np
    from tqdm import tqdm

    from igan.evaluation.repeatable import load_repeatably
    from igan.evaluation.transfer import measure_edit, propose_edits
    from serve.latent.path import PAPER_FRAMES
    from serve.photo.photo import read_photo, write_photo
    from serve.staging import refuse_existing, staged_folder
    from serve.transfer.apply import EditTransfer

    refuse_existing(out)
    if count < 2 or iterations < 1:
        raise BadInputError("--count must be at least 2 and --iterations at least 1.")
    paths = _photo_files(folder)
    paths = [paths[i] for i in np.unique(np.linspace(0, len(paths) - 1, count).astype(int))]
    bundle = load_repeatably(bundle_path)
    photos = [read_photo(path) for path in paths]
    frames = [frame_of(photo, frame, bundle.manifest.image.size) for photo in photos]
    rows: list[dict[str, Any]] = []
    pictures: list[list[npt.NDArray[np.uint8]]] = []
    with staged_folder(out) as staged:
        (staged / "photos").mkdir()
        edits = propose_edits(bundle, photos, frames, method, iterations, PAPER_FRAMES, seed)  # type: ignore[arg-type]
        for path, edit in zip(
            paths, tqdm(edits, total=len(paths), unit="photo", disable=None), strict=True
        ):
            transfer = EditTransfer(edit.photo, edit.frame, edit.frames)
            result = transfer.photo_at(1.0)
            figures = measure_edit(edit, transfer, result)
            rows.append({"file": path.name, **asdict(figures)})
            pictures.append(_pictures(edit, transfer, result))
            write_photo(result, staged / "photos" / f"{path.stem}-edited{path.suffix}")
        document = {
            "bundle": {"name": bundle.manifest.name, "digest": bundle.digest},
            "method": method,
            "iterations": iterations,
            "seed": seed,
            "medians": {
                key: _median([row[key] for row in rows if row[key] is not None])
                for _, key in COLUMNS
            },
            "photos": rows,
        }
        _write(staged, document, pictures)
    return document


def table(document: dict[str, Any]) -> str:
    """The figures as lines of text, the medians last."""
    width = max(len(row["file"]) for row in document["photos"])
    lines = [" " * (width + 8) + "".join(f"{title:>17}" for title, _ in COLUMNS)]
    for row in [*document["photos"], {"file": "median", "kind": "", **document["medians"]}]:
        cells = "".join(f"{_cell(row[key]):>17}" for _, key in COLUMNS)
        lines.append(f"{row['file']:<{width}} {row['kind']:<7}{cells}")
    return "\n".join(lines)


def _photo_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder; give one with photos in it.")
    paths = sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PHOTO_SUFFIXES and path.is_file()
    )
    if len(paths) < 2:
        raise BadInputError(f"{folder} holds fewer than two photos; a walk needs two.")
    return paths


def _pictures(edit: "RealEdit", transfer: Any, result: "Photo") -> "list[npt.NDArray[np.uint8]]":
    from serve.photo.reduction import reduce_photo
    from serve.transfer.rivals import naive_edit

    before, naive, shape, colour, both = (
        reduce_photo(photo, edit.frame, SHOWN_SIDE_PX)[0].as_uint8(3)
        for photo in (
            edit.photo,
            naive_edit(edit.photo, edit.frame, edit.frames),
            transfer.photo_at(1.0, "shape"),
            transfer.photo_at(1.0, "colour"),
            result,
        )
    )
    return [before, edit.frames[0], edit.frames[-1], naive, shape, colour, both]


CAPTIONS = ("photo", "G(z0)", "G(z1)", "photo + G(z1) - G(z0)", "shape", "colour", "both")


def _write(
    folder: Path, document: dict[str, Any], pictures: "list[list[npt.NDArray[np.uint8]]]"
) -> None:
    from serve.photo.photo import Photo, write_photo
    from serve.report.page import Page
    from serve.report.sheet import contact_sheet

    rows = document["photos"]
    order = sorted(range(len(rows)), key=lambda index: _worth(rows[index]))
    captions = [
        f"{rows[i]['file'][:18]}\n{rows[i]['kind']}\nmotion {_cell(rows[i]['motion_correlation'])}"
        f"\ncolour {_cell(rows[i]['colour_correlation'])}"
        for i in order
    ]
    sheet = contact_sheet(
        [pictures[i] for i in order], captions, CAPTIONS, enlarge_to_px=SHOWN_SIDE_PX
    )
    write_photo(Photo(sheet), folder / "sheet.png")
    (folder / "transfer.json").write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")
    (folder / "transfer.md").write_text(_markdown(document))
    page = Page(f"Edit transfer with {document['bundle']['name']}")
    page.paragraph(
        "Texture: Laplacian energy kept by the edit's shape alone and colour alone, and of the "
        "generator's enlarged picture. Motion and colour: correlation of what is found anew "
        "between photo and result, at the network's size, with what is found between G(z0) and "
        "G(z1), over the edited region."
    )
    page.table(
        ["photo", "edit", *(title for title, _ in COLUMNS)],
        _table_rows(document),
    )
    page.heading("The edits, the worst first")
    page.picture(sheet, encoding="jpeg")
    page.write(folder / "report.html")


def _markdown(document: dict[str, Any]) -> str:
    titles = ["photo", "edit", *(title for title, _ in COLUMNS)]
    lines = [
        f"| {' | '.join(map(str, row))} |"
        for row in [titles, ["---"] * len(titles), *_table_rows(document)]
    ]
    return "\n".join(lines) + "\n"


def _table_rows(document: dict[str, Any]) -> list[list[str]]:
    rows = [*document["photos"], {"file": "median", "kind": "", **document["medians"]}]
    return [[row["file"], row["kind"], *(_cell(row[key]) for _, key in COLUMNS)] for row in rows]


def _worth(row: dict[str, Any]) -> float:
    """The lower of the two correlations; a missing one counts as none."""
    return min(
        -1.0 if row[key] is None else row[key]
        for key in ("motion_correlation", "colour_correlation")
    )


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None


def _cell(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
