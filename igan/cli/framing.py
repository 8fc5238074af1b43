"""The `--frame` option: which square of a photo the network sees."""

import argparse
from typing import TYPE_CHECKING

from igan.errors import BadInputError

if TYPE_CHECKING:
    from serve.photo.frame import PhotoFrame
    from serve.photo.photo import Photo


def add_frame_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--frame",
        default="centre",
        metavar="centre|whole|x0,y0,x1,y1",
        help="which square of the photo the network sees: the largest centred one (default), the "
        "whole photo with its border continued, or a box in pixels of the photo",
    )


def frame_of(photo: "Photo", frame: str, network_size_px: int) -> "PhotoFrame":
    """The frame that `--frame` names."""
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
