"""Edit a photo with a script of strokes, and get the edit back at the photo's full size.

  igan edit checkpoints/shoes photo.jpg --script edit.json --out runs/edit

The smallest script is one red stroke, in pixels of the photo:

  {"version": 1, "constraints": [
    {"brush": "colour", "points": [[60, 170], [160, 200]],
     "colour": [190, 30, 40], "width_px": 24}]}

A bundle without a projection network (an adopted one, say) needs "settings": {"method":
"optimisation"} beside the constraints.

Writes into a new folder: the edited photo in its own format, mask.png (white where it changed),
edit.json (the script with all that was left out, to be run again or opened later), sheet.png,
films of the path, figures.json, and report.html, which shows all of it beside the generator's own
picture and the naive difference; with --sequence also the photo at even positions on the path.
"""

import argparse
import dataclasses
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.carried_files import CHANGES, DEFAULT_FILMS, add_carrying_arguments
from igan.cli.framing import add_frame_argument, frame_of
from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from serve.bundle import Bundle
    from serve.latent import Edit, EditResult, GridConstraints
    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo

SHEET_SIDE_PX = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("photo", type=Path, metavar="PHOTO", help="the photo to edit")
    parser.add_argument("--script", type=Path, required=True, help="the edit, a JSON file")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--amount", type=float, default=1.0, help="how far to go, from 0 to 1 (default)"
    )
    parser.add_argument(
        "--sequence",
        type=int,
        default=0,
        metavar="N",
        help="also write N + 1 photos at even positions on the path, at full size",
    )
    add_carrying_arguments(parser)
    add_frame_argument(parser)


def run(arguments: argparse.Namespace) -> None:
    figures = edit_file(
        arguments.bundle,
        arguments.photo,
        arguments.script,
        arguments.out,
        amount=arguments.amount,
        change=arguments.change,
        frame=arguments.frame,
        sequence=arguments.sequence,
        films=arguments.films,
    )
    if figures["note"]:
        print(figures["note"])
    print(f"{arguments.out / figures['edited']} is the edited photo.")
    print(f"{arguments.out / 'report.html'} shows how it came about.")


def edit_file(
    bundle_path: Path,
    photo_path: Path,
    script_path: Path,
    out: Path,
    amount: float = 1.0,
    change: str = "both",
    frame: str = "centre",
    sequence: int = 0,
    films: Sequence[str] = DEFAULT_FILMS,
) -> dict[str, Any]:
    """Carry out the script on the photo and write the results into the new folder `out`.

    Returns:
        what stands in figures.json: seconds of each stage, the objective, files.
    """
    from igan.cli.carried_files import (
        carried_name,
        conversion_note,
        write_carried,
        write_mask,
        write_sequence,
    )
    from serve.bundle import load_bundle
    from serve.latent import carry_out, read_edit
    from serve.latent.edit import BundleIdentity, PhotoIdentity
    from serve.photo.photo import read_photo
    from serve.staging import refuse_existing, staged_folder
    from serve.transfer.apply import EditTransfer

    refuse_existing(out)
    if not 0 <= amount <= 1:
        raise BadInputError(f"--amount must lie between 0 and 1, not be {amount:g}.")
    if change not in CHANGES:
        raise BadInputError(f"--change takes {', '.join(CHANGES)}, not {change!r}.")
    if sequence < 0:
        raise BadInputError(f"--sequence must not be below 0, as {sequence} is.")
    edit = read_edit(script_path)
    photo = read_photo(photo_path)
    bundle = load_bundle(bundle_path)
    edit = edit.completed(
        BundleIdentity(bundle.manifest.name, bundle.digest),
        PhotoIdentity(photo.sha256, photo.width_px, photo.height_px),
        frame_of(photo, frame, bundle.manifest.image.size),
    )
    assert edit.frame is not None
    with Stages(("project and edit", "estimate flow", "apply to photo")) as stages:
        picture = edit.frame.crop(photo.as_uint8(bundle.manifest.image.channels))
        result = carry_out(
            edit,
            bundle,
            picture,
            on_projection=lambda progress: stages.note(f"loss {progress.losses[0]:.4f}"),
            on_editing=lambda progress: stages.note(f"step {progress.steps}"),
        )
        path = draw_path(bundle, result.latents[0], result.latents[-1], edit.settings.frames)
        result = dataclasses.replace(result, frames=path)
        stages.done()
        transfer = EditTransfer(photo, edit.frame, result.frames)
        stages.done()
        edited = transfer.photo_at(amount, change)  # type: ignore[arg-type]
        stages.done()
    figures: dict[str, Any] = {
        "edited": carried_name(photo_path, photo, edited, "edited"),
        "note": conversion_note(photo_path, photo),
        "amount": amount,
        "change": change,
        "seconds": stages.seconds,
        "editor_steps": result.progress.steps if result.progress else 0,
        "objective": _objective(result),
    }
    with staged_folder(out) as folder:
        write_carried(photo_path, photo, edited, folder / figures["edited"])
        write_mask(transfer, edited, folder / "mask.png")
        _write_edit(result.edit, folder)
        if sequence:
            write_sequence(photo_path, photo, transfer, folder / "sequence", sequence, change)  # type: ignore[arg-type]
        _write_report(folder, bundle, photo, picture, edited, result, figures, films)
    return figures


def draw_path(
    bundle: "Bundle", start: "Tensor", end: "Tensor", least_steps: int
) -> "npt.NDArray[np.uint8]":
    """Draw the path between two latents in as many steps as its motion needs.

    Returns:
        uint8 (T, S, S, C), T at least `least_steps` + 1.
    """
    import torch

    from serve.latent.path import latent_path
    from serve.photo.pixels import tensor_to_pixels
    from serve.transfer.steps import steps_needed

    def drawn(steps: int) -> "npt.NDArray[np.uint8]":
        with torch.no_grad():
            return tensor_to_pixels(bundle.generator(latent_path(start, end, steps)))

    frames = drawn(least_steps)
    steps = steps_needed(frames)
    return frames if steps == least_steps else drawn(steps)


class Stages:
    """Names what is being done on one line of the terminal, and keeps the seconds."""

    def __init__(self, names: tuple[str, ...]) -> None:
        from tqdm import tqdm

        self._names = names
        self._bar = tqdm(total=len(names), unit="stage", disable=None)
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> "Stages":
        self._begin()
        return self

    def __exit__(self, *unused: object) -> None:
        self._bar.close()

    def note(self, text: str) -> None:
        """Say how far the current stage is."""
        self._bar.set_postfix_str(text)

    def done(self) -> None:
        """The current stage is over, the next begins."""
        name = self._names[len(self.seconds)]
        self.seconds[name] = round(time.perf_counter() - self._began, 3)
        self._bar.update()
        self._begin()

    def _begin(self) -> None:
        self._began = time.perf_counter()
        if len(self.seconds) < len(self._names):
            self._bar.set_description(self._names[len(self.seconds)])


def _objective(result: "EditResult") -> dict[str, float]:
    terms = result.progress.terms if result.progress else None
    if terms is None:
        return {}
    return {
        "colour": float(terms.colour[0]),
        "smoothness": float(terms.smoothness[0]),
        "total": float(terms.total[0]),
    }


def _write_edit(edit: "Edit", folder: Path) -> None:
    from serve.latent.edit import write_edit

    write_edit(edit, folder / "edit.json")


def _write_report(
    folder: Path,
    bundle: "Bundle",
    photo: "Photo",
    picture: "npt.NDArray[np.uint8]",
    edited: "Photo",
    result: "EditResult",
    figures: dict[str, Any],
    films: Sequence[str],
) -> None:
    from igan.cli.carried_files import path_film, rivals_shown, shown, write_films
    from serve.latent.raster import rasterise
    from serve.report.page import Page

    frame = result.edit.frame
    assert frame is not None
    constraints = rasterise(result.edit.constraints, frame, bundle.manifest.image.channels)
    strokes = strokes_on(picture, constraints)
    _write_sheet(folder / "sheet.png", photo, edited, frame, [strokes, *result.frames[[0, -1]]])
    film_paths = []
    if films:
        film = path_film(photo, frame, result.frames, figures["change"])
        film_paths = write_films(film, folder, films)
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    page = Page(f"An edit with {bundle.manifest.name}")
    page.pictures(
        [
            (shown(photo, frame), "the photo"),
            (shown(edited, frame), f"the edited photo ({figures['change']}, {amount_of(figures)})"),
        ],
        encoding="jpeg",
    )
    if film_paths:
        page.film(film_paths[0], "the path from the photo to the edit")
    page.heading("What the model saw and drew")
    page.pictures(
        [
            (picture, "the photo through the frame"),
            (strokes, "with the strokes"),
            (result.frames[0], "its projection, G(z0)"),
            (result.frames[-1], "the edited latent, G(z1)"),
        ],
        width_px=256,
    )
    page.heading("What the transfer buys")
    page.paragraph(
        "The model's own picture is small and has lost the photo's texture; adding its change to "
        "the photo blurs and ghosts. The transfer moves and recolours the photo's own pixels."
    )
    page.pictures(rivals_shown(photo, frame, result.frames, edited), encoding="jpeg")
    page.heading("Seconds")
    page.table(list(figures["seconds"]), [list(figures["seconds"].values())])
    page.write(folder / "report.html")


def _write_sheet(
    path: Path,
    photo: "Photo",
    edited: "Photo",
    frame: "PhotoFrame",
    squares: "list[npt.NDArray[np.uint8]]",
) -> None:
    from serve.photo.photo import Photo, write_photo
    from serve.photo.reduction import reduce_photo
    from serve.report.sheet import contact_sheet

    before, after = (
        reduce_photo(one, frame, SHEET_SIDE_PX)[0].as_uint8(3) for one in (photo, edited)
    )
    captions = ["photo", "strokes", "projection", "edited latent", "edited photo"]
    row = [before, *squares, after]
    sheet = contact_sheet([row], column_captions=captions, enlarge_to_px=SHEET_SIDE_PX)
    write_photo(Photo(sheet), path)


def amount_of(figures: dict[str, Any]) -> str:
    """The amount in words."""
    return f"{100 * figures['amount']:.0f} %"


def strokes_on(
    picture: "npt.NDArray[np.uint8]", constraints: "GridConstraints"
) -> "npt.NDArray[np.uint8]":
    """The network's square, uint8 (S, S, C), with the colour strokes painted on it."""
    from serve.photo.pixels import pixels_to_tensor, tensor_to_pixels

    if constraints.colour is None:
        return picture
    paint = constraints.colour
    return tensor_to_pixels(pixels_to_tensor(picture[None]).lerp(paint.colour, paint.coverage))[0]
