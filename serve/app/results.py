"""What an edit comes to: the edited photo, a film, a page."""

import dataclasses
import tempfile
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt
from torch import Tensor

from serve.app.cancelling import Check, part_of
from serve.app.models import ServedModel
from serve.errors import EditError
from serve.latent import Edit, check_latents, latent_path, latents_at, write_edit
from serve.photo.encoding import FORMAT_OF_SUFFIX, SUFFIX_OF_FORMAT, encode
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.photo.pixels import tensor_to_pixels
from serve.photo.reduction import reduce_photo
from serve.report.film import write_film
from serve.report.page import Page
from serve.transfer.apply import Change, EditTransfer

Result = TypeVar("Result")
FURTHEST_AMOUNT = 2.0
FilmKind = Literal["gif", "mp4", "webm"]
FILM_SIDE_PX = 512
SHOWN_SIDE_PX = 768
FILM_FRAMES_PER_SECOND = 12
LEAST_FILM_STEPS = 16

MEDIA_TYPE_OF_SUFFIX = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".pnm": "image/x-portable-anymap",
}


def cached_ends(model: ServedModel, edit: Edit) -> tuple[Tensor, Tensor]:
    """z0 and z of an edit, (latent_dim,) each.

    Raises:
        EditError: it has no cache, or not one of this model.
    """
    if edit.cache is None:
        raise EditError("the edit has no 'cache' yet; open it first.")
    check_latents(edit, model.bundle.manifest.latent)
    return model.latent(edit.cache.z0), model.latent(edit.cache.z)


def path_frames(model: ServedModel, edit: Edit, amount: float) -> npt.NDArray[np.uint8]:
    """The path from z0 to the result, or as far beyond it as the amount says: (T, S, S, C).

    Raises:
        EditError: see `cached_ends`.
    """
    first, last = cached_ends(model, edit)
    settings = edit.settings
    if amount > 1:
        last = latents_at(first, last, amount, settings.path, model.bounds)
    return model.path_frames(
        lambda steps: latent_path(first, last, steps, settings.path), settings.frames
    )


def finished_photo(
    model: ServedModel, edit: Edit, photo: Photo | None, change: Change, amount: float, check: Check
) -> Photo:
    """The photo with the edit, at its full size; without a photo the model's own picture."""
    if photo is None:
        return _drawn_picture(model, edit, amount)
    frames = path_frames(model, edit, amount)
    check(0.05)
    transfer = EditTransfer(photo, frame_of(edit), frames, on_progress=part_of(check, 0.05, 0.5))
    return transfer.photo_at(min(amount, 1.0), change, part_of(check, 0.5, 1.0))


def _drawn_picture(model: ServedModel, edit: Edit, amount: float) -> Photo:
    """The model's own picture at an amount of the edit."""
    latent = latents_at(*cached_ends(model, edit), amount, edit.settings.path, model.bounds)
    return Photo(tensor_to_pixels(model.images(latent[None]))[0])


def photo_file(photo: Photo, file_format: str | None = None) -> tuple[bytes, str, str]:
    """The file of a photo, in its own format unless told: bytes, suffix and media type.

    Raises:
        EditError: a format that is not written.
        PhotoError: the photo is too large for it.
    """
    wanted = photo.source_format if file_format is None else file_format.upper()
    wanted = {"JPG": "JPEG", "TIF": "TIFF"}.get(wanted, wanted)
    suffix = SUFFIX_OF_FORMAT.get(wanted)
    if suffix is None:
        if file_format is not None:
            raise EditError(
                f"the format {file_format[:20]!r} is not written; use "
                f"{', '.join(SUFFIX_OF_FORMAT)}."
            )
        suffix = ".png"
    data = encode(photo, FORMAT_OF_SUFFIX[suffix], "the edited photo")
    return data, suffix, MEDIA_TYPE_OF_SUFFIX[suffix]


def film_of(
    model: ServedModel,
    edit: Edit,
    photo: Photo | None,
    kind: FilmKind,
    change: Change,
    amount: float,
    check: Check,
) -> bytes:
    """The edit coming and going, on the photo if there is one, as the bytes of a film file."""
    frames = path_frames(model, edit, amount)
    pictures = _path_pictures(frames, edit, photo, change, amount, part_of(check, 0.0, 0.8))
    film = np.stack([*pictures, *pictures[-2:0:-1]])
    with tempfile.TemporaryDirectory(prefix="igan-") as folder:
        path = Path(folder) / f"path.{kind}"
        write_film(film, path, FILM_FRAMES_PER_SECOND, part_of(check, 0.8, 1.0))
        return path.read_bytes()


def page_of(
    model: ServedModel,
    edit: Edit,
    photo: Photo | None,
    change: Change,
    amount: float,
    check: Check,
) -> bytes:
    """One HTML page that holds the edit: before, after, the film, and the script to repeat it."""
    frames = path_frames(model, edit, amount)
    pictures = _path_pictures(frames, edit, photo, change, amount, part_of(check, 0.0, 0.7))
    page = Page(f"An edit with {edit.bundle.name if edit.bundle else model.name}")
    before, after = pictures[0], pictures[-1]
    page.pictures([(before, "before"), (after, "after")], width_px=None, encoding="jpeg")
    with tempfile.TemporaryDirectory(prefix="igan-") as folder:
        film = Path(folder) / "path.gif"
        there_and_back = np.stack([*pictures, *pictures[-2:0:-1]])
        write_film(there_and_back, film, FILM_FRAMES_PER_SECOND, part_of(check, 0.7, 0.95))
        page.film(film, "the way there and back")
        page.heading("What the model drew")
        page.pictures(
            [(frames[0], "the start, G(z0)"), (frames[-1], "the result, G(z)")], width_px=256
        )
        page.heading("The script")
        page.paragraph("Give it to `igan edit --script`, or open it in the editor.")
        script = Path(folder) / "edit.json"
        write_edit(dataclasses.replace(edit, past=(), future=()), script)
        page.commands(script.read_text(encoding="utf-8"))
        target = Path(folder) / "page.html"
        page.write(target)
        check(1.0)
        return target.read_bytes()


def frame_of(edit: Edit) -> PhotoFrame:
    """The frame of an edit that is complete."""
    if edit.frame is None:
        raise EditError("the edit has no 'frame' yet; open it first.")
    return edit.frame


def _path_pictures(
    frames: npt.NDArray[np.uint8],
    edit: Edit,
    photo: Photo | None,
    change: Change,
    amount: float,
    check: Check,
) -> list[npt.NDArray[np.uint8]]:
    """Pictures from the start to the result, each (H, W, 3)."""
    check(0.1)
    if photo is None:
        return [_enlarged(frame) for frame in frames]
    smaller = reduce_photo(photo, frame_of(edit), FILM_SIDE_PX)
    transfer = EditTransfer(*smaller, frames, on_progress=part_of(check, 0.1, 0.4))
    positions = np.linspace(0, min(amount, 1.0), max(LEAST_FILM_STEPS, len(frames) - 1) + 1)
    pictures = []
    for done, position in enumerate(positions, start=1):
        pictures.append(transfer.photo_at(float(position), change).as_uint8(3))
        part_of(check, 0.4, 1.0)(done / len(positions))
    return pictures


def _enlarged(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A picture (S, S, C) in squares, about as large as a film: (H, H, 3)."""
    factor = max(1, FILM_SIDE_PX // len(pixels))
    larger = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    return np.repeat(larger, 3, axis=2) if larger.shape[2] == 1 else larger
