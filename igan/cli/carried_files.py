"""The files that every command writes which carries an edit to a photo."""

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo
    from serve.transfer.apply import Change, EditTransfer

CHANGES = ("both", "shape", "colour")
FILMS = ("webm", "gif", "mp4")
DEFAULT_FILMS = ("webm", "gif")
FILM_SIDE_PX = 640
FILM_FRAMES_PER_SECOND = 12
SHOWN_SIDE_PX = 1024
"""Pages show photos at most so large; the files beside them have their full size."""


def add_carrying_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--change", choices=CHANGES, default="both", help="carry over shape, colour or both"
    )
    parser.add_argument(
        "--films",
        choices=FILMS,
        nargs="*",
        default=DEFAULT_FILMS,
        help="films of the path (webm gif); mp4 holds VP9 too",
    )


def carried_name(photo_path: Path, photo: "Photo", carried: "Photo", what: str) -> str:
    """Name the file of a carried edit: in the photo's own format, or a copy of the photo."""
    from serve.photo.encoding import suffix_for

    is_copy = carried is photo
    suffix = photo_path.suffix if is_copy else suffix_for(photo_path, photo.source_format)
    return f"{photo_path.stem}-{what}{suffix}"


def conversion_note(photo_path: Path, photo: "Photo") -> str | None:
    """Say what of a photo's file cannot stay as it was."""
    from PIL import Image

    if photo.source_format == "GIF":
        return f"{photo_path} is a GIF, which holds too few colours; the result is a PNG."
    with Image.open(photo_path) as image:
        mode = image.mode
    if mode in ("CMYK", "LAB"):
        return f"{photo_path} is {mode}; the result is sRGB."
    return None


def write_carried(photo_path: Path, photo: "Photo", carried: "Photo", path: Path) -> None:
    """Write a carried edit; one that changed nothing is a copy of the photo's own bytes."""
    from serve.photo.photo import write_photo

    if carried is photo:
        shutil.copyfile(photo_path, path)
    else:
        write_photo(carried, path)


def write_mask(transfer: "EditTransfer", carried: "Photo", path: Path) -> None:
    """Write where a carried edit changed its photo, white on black."""
    from serve.photo.photo import Photo, write_photo

    write_photo(Photo(transfer.changed_mask(carried)[..., None]), path)


def write_sequence(
    photo_path: Path,
    photo: "Photo",
    transfer: "EditTransfer",
    folder: Path,
    steps: int,
    change: "Change",
) -> None:
    """Write the photo at steps + 1 even positions on the path, 0 first, at its full size."""
    from tqdm import tqdm

    folder.mkdir()
    for step in tqdm(range(steps + 1), desc="sequence", unit="photo", disable=None):
        carried = transfer.photo_at(step / steps, change)
        name = carried_name(photo_path, photo, carried, f"{step:03d}")
        write_carried(photo_path, photo, carried, folder / name)


def path_film(
    photo: "Photo",
    frame: "PhotoFrame",
    frames: "npt.NDArray[np.uint8]",
    change: "Change" = "both",
) -> "npt.NDArray[np.uint8]":
    """The edit coming and going on the photo, at most FILM_SIDE_PX wide: uint8 (T, H, W, 3)."""
    import numpy as np

    from serve.photo.reduction import reduce_photo
    from serve.transfer.apply import EditTransfer

    transfer = EditTransfer(*reduce_photo(photo, frame, FILM_SIDE_PX), frames)
    positions = np.linspace(0, 1, len(frames))
    pictures = [transfer.photo_at(float(position), change).as_uint8(3) for position in positions]
    return there_and_back(pictures)


def there_and_back(pictures: "Sequence[npt.NDArray[np.uint8]]") -> "npt.NDArray[np.uint8]":
    """Join pictures to a film that ends where it can begin again."""
    import numpy as np

    return np.stack([*pictures, *pictures[-2:0:-1]])


def write_films(film: "npt.NDArray[np.uint8]", folder: Path, kinds: Sequence[str]) -> list[Path]:
    """Write the film as path.KIND for each kind."""
    from serve.report.film import write_film

    paths = [folder / f"path.{kind}" for kind in kinds]
    for path in paths:
        write_film(film, path, FILM_FRAMES_PER_SECOND)
    return paths


def shown(photo: "Photo", frame: "PhotoFrame") -> "npt.NDArray[np.uint8]":
    """A photo as a page shows it, uint8 (H, W, 3)."""
    from serve.photo.reduction import reduce_photo

    return reduce_photo(photo, frame, SHOWN_SIDE_PX)[0].as_uint8(3)


def rivals_shown(
    photo: "Photo", frame: "PhotoFrame", frames: "npt.NDArray[np.uint8]", carried: "Photo"
) -> "list[tuple[npt.NDArray[np.uint8], str]]":
    """The carried edit beside what needs no transfer, each with its caption."""
    from serve.photo.reduction import reduce_photo
    from serve.transfer.rivals import naive_edit, upsampled_generator_edit

    smaller = reduce_photo(photo, frame, SHOWN_SIDE_PX)
    return [
        (upsampled_generator_edit(*smaller, frames).as_uint8(3), "G(z1), enlarged"),
        (naive_edit(*smaller, frames).as_uint8(3), "photo + G(z1) - G(z0)"),
        (shown(carried, frame), "transferred"),
    ]
