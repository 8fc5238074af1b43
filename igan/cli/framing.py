"""The `--frame` option: which square of a photo the network sees."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from igan.errors import BadInputError

if TYPE_CHECKING:
    from serve.bundle import Bundle
    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo


DOUBTFUL_EXPLAINED = 0.15


def add_frame_argument(parser: argparse.ArgumentParser, *, found: bool = False) -> None:
    """Add `--frame`; `found` offers the search for a frame too (see `chosen_frames`)."""
    choices = "centre|whole|found|x0,y0,x1,y1" if found else "centre|whole|x0,y0,x1,y1"
    search = ", the square in which the model finds most of the photo again" if found else ""
    parser.add_argument(
        "--frame",
        default="centre",
        metavar=choices,
        help="which square of the photo the network sees: the largest centred one (default), the "
        f"whole photo with its border continued{search}, or a box in pixels of the photo (one that "
        "is not square is squeezed)",
    )


class ChosenFrame(NamedTuple):
    """The frame of one photo.

    Attributes:
        explained: share of the photo that the model explains in a found frame; None for a frame
            that was not searched for.
    """

    frame: "PhotoFrame"
    explained: float | None = None


def chosen_frames(photos: "Sequence[Photo]", frame: str, bundle: "Bundle") -> list[ChosenFrame]:
    """The frames that `--frame` names, `found` among them, which draws a bar.

    Raises:
        BadInputError: the option is none of these.
        BundleError: a frame is to be found with a bundle that has no projection network.
    """
    if frame != "found":
        return [ChosenFrame(frame_of(photo, frame, bundle.manifest.image.size)) for photo in photos]
    from tqdm import tqdm

    from serve.latent.placing import find_frame

    chosen = []
    for photo in tqdm(photos, unit="photo", desc="placing", disable=None):
        found = find_frame(bundle, photo)
        chosen.append(ChosenFrame(found.frame, found.explained))
    return chosen


def doubt_about(explained: float | None) -> str | None:
    """A sentence where a found frame explains so little of the photo that it may lie wrong."""
    if explained is None or explained >= DOUBTFUL_EXPLAINED:
        return None
    return (
        f"The found frame explains only {explained:.0%} of the photo and may lie wrong; name a box."
    )


def frame_of(photo: "Photo", frame: str, network_size_px: int) -> "PhotoFrame":
    """The frame that `--frame` names, where it needs no search."""
    from serve.photo.frame import PhotoFrame

    if frame == "centre":
        return PhotoFrame.centre_square(photo, network_size_px)
    if frame == "whole":
        return PhotoFrame.whole(photo, network_size_px)
    try:
        x0, y0, x1, y1 = (float(edge) for edge in frame.split(","))
    except ValueError:
        raise BadInputError(
            f"--frame takes centre, whole or a box x0,y0,x1,y1 in pixels of the photo, not "
            f"{frame!r}."
        ) from None
    return PhotoFrame.box(photo, network_size_px, (x0, y0, x1, y1))
