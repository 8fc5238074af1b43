"""Make one photo look like another, with no strokes.

  igan transform checkpoints/shoes this.jpg that.jpg --out runs/transformed

Projects both photos, walks from the latent of the first to that of the second, and carries the
motion and colour of that walk to the first photo at its full size. With --cross-fade the second
photo is carried the other way and faded in, so that the sequence ends at that photo itself.

Writes into a new folder: the transformed photo, sequence/ (the first photo at even positions on the
way, at full size), mask.png, sheet.png, films of the way, figures.json and report.html.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.carried_files import CHANGES, DEFAULT_FILMS, add_carrying_arguments
from igan.cli.framing import add_frame_argument, chosen_frames, doubt_about
from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo

METHODS = ("hybrid", "network", "optimisation")
SHEET_SIDE_PX = 192


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("photo", type=Path, metavar="A", help="the photo to transform")
    parser.add_argument("other", type=Path, metavar="B", help="the photo it shall look like")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument("--method", choices=METHODS, default="hybrid", help="of the projection")
    parser.add_argument("--iterations", type=int, default=200, help="limit of the optimiser (200)")
    parser.add_argument(
        "--frames",
        type=int,
        default=8,
        help="steps of the way, at least; more where the motion asks for it (8, as in the paper)",
    )
    parser.add_argument(
        "--cross-fade", action="store_true", help="carry B the other way and fade it in"
    )
    parser.add_argument("--seed", type=int, default=0, help="of random starts")
    add_carrying_arguments(parser)
    add_frame_argument(parser, found=True)


def run(arguments: argparse.Namespace) -> None:
    figures = transform_files(
        arguments.bundle,
        arguments.photo,
        arguments.other,
        arguments.out,
        method=arguments.method,
        iterations=arguments.iterations,
        frames=arguments.frames,
        cross_fade=arguments.cross_fade,
        seed=arguments.seed,
        change=arguments.change,
        films=arguments.films,
        frame=arguments.frame,
    )
    for note in figures["notes"]:
        print(note)
    print(f"{arguments.out / figures['transformed']} is the transformed photo.")
    print(f"{arguments.out / 'report.html'} shows how it came about.")


def transform_files(
    bundle_path: Path,
    photo_path: Path,
    other_path: Path,
    out: Path,
    method: str = "hybrid",
    iterations: int = 200,
    frames: int = 8,
    cross_fade: bool = False,
    seed: int = 0,
    change: str = "both",
    films: Sequence[str] = DEFAULT_FILMS,
    frame: str = "centre",
) -> dict[str, Any]:
    """Transform one photo towards another and write the results into the new folder `out`.

    Returns:
        what stands in figures.json: seconds of each stage, the projection losses, files.
    """
    import numpy as np
    from tqdm import tqdm

    from igan.cli.carried_files import carried_name, conversion_note, write_carried, write_mask
    from igan.cli.edit import Stages, draw_path
    from serve.bundle import load_bundle
    from serve.latent import Limits, project
    from serve.photo.photo import read_photo
    from serve.staging import refuse_existing, staged_folder
    from serve.transfer.apply import EditTransfer

    refuse_existing(out)
    if frames < 1 or iterations < 1:
        raise BadInputError("--frames and --iterations must be at least 1.")
    if change not in CHANGES:
        raise BadInputError(f"--change takes {', '.join(CHANGES)}, not {change!r}.")
    photos = [read_photo(path) for path in (photo_path, other_path)]
    bundle = load_bundle(bundle_path, engine="quick")
    image = bundle.manifest.image
    chosen = chosen_frames(photos, frame, bundle)
    photo_frames = [one.frame for one in chosen]
    crops = np.stack(
        [
            one.picture(photo, image.channels)
            for photo, one in zip(photos, photo_frames, strict=True)
        ]
    )
    with Stages(("project", "estimate flow", "apply to photo")) as stages:
        projection = project(
            bundle,
            crops,
            method,  # type: ignore[arg-type]
            seed=seed,
            limits=Limits(iterations=iterations),
            callback=lambda progress: stages.note(f"loss {progress.losses.mean():.4f}"),
        )
        way = draw_path(bundle, projection.latents[0], projection.latents[1], frames)
        stages.done()
        transfers = [EditTransfer(photos[0], photo_frames[0], way)]
        if cross_fade:
            transfers.append(EditTransfer(photos[1], photo_frames[1], way[::-1].copy()))
        stages.done()
        at = _carrier(transfers, photo_frames, change)
        transformed = at(1.0)
        stages.done()
    figures: dict[str, Any] = {
        "transformed": carried_name(photo_path, photos[0], transformed, f"as-{other_path.stem}"),
        "notes": [
            note
            for path, photo, one in zip((photo_path, other_path), photos, chosen, strict=True)
            for note in (conversion_note(path, photo), _doubt(path, one.explained))
            if note
        ],
        "explained_by_found_frames": [one.explained for one in chosen],
        "change": change,
        "cross_fade": cross_fade,
        "losses": projection.terms.total.tolist(),
        "seconds": stages.seconds,
    }
    with staged_folder(out) as folder:
        write_carried(photo_path, photos[0], transformed, folder / figures["transformed"])
        write_mask(transfers[0], transformed, folder / "mask.png")
        (folder / "sequence").mkdir()
        for step in tqdm(range(len(way)), desc="sequence", unit="photo", disable=None):
            carried = at(step / (len(way) - 1))
            name = carried_name(photo_path, photos[0], carried, f"{step:03d}")
            write_carried(photo_path, photos[0], carried, folder / "sequence" / name)
        _write_report(
            folder, photos, photo_frames, crops, way, transformed, figures, films, cross_fade
        )
    return figures


def _doubt(path: Path, explained: float | None) -> str | None:
    sentence = doubt_about(explained)
    return None if sentence is None else f"{path}: {sentence}"


def _carrier(
    transfers: "Sequence[Any]", frames: "Sequence[PhotoFrame]", change: str
) -> "Callable[[float], Photo]":
    """The first photo at a position on the way, with the second faded in if it is carried too."""
    from serve.transfer.cross_fade import cross_fade

    def at(position: float) -> "Photo":
        carried: Photo = transfers[0].photo_at(position, change)
        if len(transfers) == 1 or position == 0:
            return carried
        other = transfers[1].photo_at(1 - position, change)
        return cross_fade(carried, frames[0], other, frames[1], position)

    return at


def _write_report(
    folder: Path,
    photos: "Sequence[Photo]",
    frames: "Sequence[PhotoFrame]",
    crops: "npt.NDArray[np.uint8]",
    way: "npt.NDArray[np.uint8]",
    transformed: "Photo",
    figures: dict[str, Any],
    films: Sequence[str],
    fades: bool,
) -> None:
    import numpy as np

    from igan.cli.carried_files import (
        FILM_SIDE_PX,
        rivals_shown,
        shown,
        there_and_back,
        write_films,
    )
    from serve.photo.photo import Photo, write_photo
    from serve.photo.reduction import reduce_photo
    from serve.report.page import Page
    from serve.report.sheet import contact_sheet
    from serve.transfer.apply import EditTransfer

    smaller = [
        reduce_photo(photo, frame, FILM_SIDE_PX)
        for photo, frame in zip(photos, frames, strict=True)
    ]
    transfers = [EditTransfer(*smaller[0], way)]
    if fades:
        transfers.append(EditTransfer(*smaller[1], way[::-1].copy()))
    at = _carrier(transfers, [frame for _, frame in smaller], figures["change"])
    pictures = [at(float(position)).as_uint8(3) for position in np.linspace(0, 1, len(way))]
    film_paths = write_films(there_and_back(pictures), folder, films) if films else []
    small = [
        reduce_photo(Photo(picture), smaller[0][1], SHEET_SIDE_PX)[0].as_uint8(3)
        for picture in pictures
    ]
    target = reduce_photo(photos[1], frames[1], SHEET_SIDE_PX)[0].as_uint8(3)
    rows: list[list[npt.NDArray[np.uint8] | None]] = [
        [crops[0], *way, crops[1]],
        [None, *small, target],
    ]
    sheet = contact_sheet(
        rows,
        ["generated", "carried"],
        ["A", *(f"{100 * i / (len(way) - 1):.0f} %" for i in range(len(way))), "B"],
        enlarge_to_px=SHEET_SIDE_PX,
    )
    write_photo(Photo(sheet), folder / "sheet.png")
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    page = Page(f"{figures['transformed']}")
    page.pictures(
        [
            (shown(photos[0], frames[0]), "A"),
            (shown(transformed, frames[0]), "A, transformed"),
            (shown(photos[1], frames[1]), "B"),
        ],
        encoding="jpeg",
    )
    if film_paths:
        page.film(film_paths[0], "the way from A to B and back")
    page.heading("The way")
    page.picture(sheet, "above what the model drew, below the photo that followed it")
    page.heading("What the transfer buys")
    page.pictures(rivals_shown(photos[0], frames[0], way, transformed), encoding="jpeg")
    page.heading("Seconds")
    page.table(list(figures["seconds"]), [list(figures["seconds"].values())])
    page.write(folder / "report.html")
