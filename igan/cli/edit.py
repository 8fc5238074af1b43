"""Edit a photo with a script of strokes, and get the edit back at the photo's full size.

  igan edit checkpoints/shoes photo.jpg --script edit.json --out runs/edit

The smallest script is one red stroke, in pixels of the photo:

  {"version": 1, "constraints": [
    {"brush": "colour", "points": [[60, 170], [160, 200]],
     "colour": [190, 30, 40], "width_px": 24}]}

Writes into a new folder: the edited photo in its own format, edit.json (the script with all that
was left out, to be run again or opened later), sheet.png, path.webm and path.gif, figures.json, and
report.html, which shows all of it beside the generator's own picture and the naive difference.
"""

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igan.cli.framing import add_frame_argument, frame_of
from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.bundle import Bundle
    from serve.latent import Edit, EditResult, GridConstraints
    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo

FILM_SIDE_PX = 640
SHEET_SIDE_PX = 256
FILM_FRAMES_PER_SECOND = 12
CHANGES = ("both", "shape", "colour")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("photo", type=Path, metavar="PHOTO", help="the photo to edit")
    parser.add_argument("--script", type=Path, required=True, help="the edit, a JSON file")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--amount", type=float, default=1.0, help="how far to go, from 0 to 1 (default)"
    )
    parser.add_argument(
        "--change", choices=CHANGES, default="both", help="carry over shape, colour or both"
    )
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
    )
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
) -> dict[str, Any]:
    """Carry out the script on the photo and write the results into the new folder `out`.

    Returns:
        what stands in figures.json: seconds of each stage, the objective, files.
    """
    from serve.bundle import load_bundle
    from serve.latent import carry_out, read_edit
    from serve.latent.edit import BundleIdentity, PhotoIdentity
    from serve.photo.photo import read_photo, write_photo
    from serve.staging import refuse_existing, staged_folder
    from serve.transfer.apply import EditTransfer

    refuse_existing(out)
    if not 0 <= amount <= 1:
        raise BadInputError(f"--amount must lie between 0 and 1, not be {amount:g}.")
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
        stages.done()
        transfer = EditTransfer(photo, edit.frame, result.frames)
        stages.done()
        edited = transfer.photo_at(amount, change)  # type: ignore[arg-type]
        stages.done()
    figures: dict[str, Any] = {
        "edited": f"{photo_path.stem}-edited{photo_path.suffix}",
        "amount": amount,
        "change": change,
        "seconds": stages.seconds,
        "editor_steps": result.progress.steps if result.progress else 0,
        "objective": _objective(result),
    }
    with staged_folder(out) as folder:
        write_photo(edited, folder / figures["edited"])
        _write_edit(result.edit, folder)
        _write_report(folder, bundle, photo, picture, edited, result, figures)
    return figures


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
) -> None:
    from serve.latent.raster import rasterise
    from serve.report.film import write_film
    from serve.report.page import Page
    from serve.transfer.rivals import naive_edit, upsampled_generator_edit

    frame = result.edit.frame
    assert frame is not None
    constraints = rasterise(result.edit.constraints, frame, bundle.manifest.image.channels)
    strokes = strokes_on(picture, constraints)
    _write_sheet(folder / "sheet.png", photo, edited, frame, [strokes, *result.frames[[0, -1]]])
    film = path_film(photo, frame, result.frames)
    for suffix in (".webm", ".gif"):
        write_film(film, folder / f"path{suffix}", FILM_FRAMES_PER_SECOND)
    (folder / "figures.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    page = Page(f"An edit with {bundle.manifest.name}")
    page.pictures(
        [
            (photo.as_uint8(3), "the photo"),
            (edited.as_uint8(3), f"the edited photo ({figures['change']}, {amount_of(figures)})"),
        ],
        encoding="jpeg",
    )
    page.film(folder / "path.webm", "the path from the photo to the edit")
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
    page.pictures(
        [
            (upsampled_generator_edit(photo, frame, result.frames).as_uint8(3), "G(z1), enlarged"),
            (naive_edit(photo, frame, result.frames).as_uint8(3), "photo + G(z1) - G(z0)"),
            (edited.as_uint8(3), "transferred"),
        ],
        encoding="jpeg",
    )
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


def path_film(
    photo: "Photo", frame: "PhotoFrame", frames: "npt.NDArray[np.uint8]"
) -> "npt.NDArray[np.uint8]":
    """The edit coming and going on the photo, at most FILM_SIDE_PX wide: uint8 (T, H, W, 3)."""
    import numpy as np

    from serve.photo.reduction import reduce_photo
    from serve.transfer.apply import EditTransfer

    transfer = EditTransfer(*reduce_photo(photo, frame, FILM_SIDE_PX), frames)
    positions = np.linspace(0, 1, len(frames))
    pictures = [transfer.photo_at(float(position)).as_uint8(3) for position in positions]
    return np.stack(pictures + pictures[-2:0:-1])
