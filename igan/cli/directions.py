"""Look at the directions of a bundle, which are sliders that nobody had to label, and name them.

  igan directions show checkpoints/shoes --out directions.png
  igan directions name checkpoints/shoes 1=lightness 4="flat to heeled" --out checkpoints/named

They are found at export: orthonormal steps in latent space of the largest mean effect on the
picture, strongest first. In a script they stand beside the strokes, in standard deviations:

  {"version": 1, "directions": [{"direction": 4, "amount": 2}], "constraints": []}

The sheet shows each direction from -3 to 3 on a few random pictures. Names are sealed into a copy
of the bundle, which is another bundle; a script may then say "direction": "flat to heeled".
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from igan.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from serve.bundle import Bundle

AMOUNTS = (-3.0, -1.5, 0.0, 1.5, 3.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{show,name}")
    show = actions.add_parser("show", help="draw a sheet of what each direction does")
    show.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    show.add_argument("--count", type=int, default=8, help="of directions (%(default)s)")
    show.add_argument("--pictures", type=int, default=3, help="random pictures (%(default)s)")
    show.add_argument("--seed", type=int, default=0, help="of these (%(default)s)")
    show.add_argument("--out", type=Path, required=True, help="the PNG file to write")
    name = actions.add_parser("name", help="copy a bundle, with names for its directions")
    name.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    name.add_argument("names", nargs="+", metavar="NUMBER=NAME", help="an empty name takes it away")
    name.add_argument("--out", type=Path, required=True, help="the new folder of the bundle")


def run(arguments: argparse.Namespace) -> None:
    actions = {"show": _show, "name": _name}
    actions[arguments.action](arguments)


def _show(arguments: argparse.Namespace) -> None:
    from serve.bundle import load_bundle
    from serve.photo.photo import Photo, write_photo

    if arguments.count < 1 or arguments.pictures < 1:
        raise BadInputError("--count and --pictures must be at least 1.")
    bundle = load_bundle(arguments.bundle, engine="onnx")
    sheet = directions_sheet(bundle, arguments.count, arguments.pictures, arguments.seed)
    write_photo(Photo(sheet), arguments.out)
    print(f"{arguments.out} shows what they do; `igan directions name` names them.")


def _name(arguments: argparse.Namespace) -> None:
    from igan.export.directions import name_directions

    names = dict(_number_and_name(text) for text in arguments.names)
    digest = name_directions(arguments.bundle, names, arguments.out)
    print(f"{arguments.out}: digest {digest[:12]}.")


def directions_sheet(
    bundle: "Bundle", count: int, pictures: int, seed: int
) -> "npt.NDArray[np.uint8]":
    """A row for each direction: every picture at each of AMOUNTS, uint8 (H, W, 3)."""
    import torch

    from serve.latent.bounds import Bounds
    from serve.latent.directions import Directions, direction_frames
    from serve.photo.pixels import tensor_to_pixels
    from serve.report.sheet import contact_sheet

    directions = Directions.of(bundle)
    bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
    starts = bundle.sample_latents(pictures, seed)
    rows, captions = [], []
    for number in range(1, min(count, len(directions)) + 1):
        latents = torch.cat(
            [direction_frames(directions, z, number, AMOUNTS, bounds) for z in starts]
        )
        with torch.no_grad():
            rows.append(list(tensor_to_pixels(bundle.generator(latents))))
        share = f"{100 * float(directions.shares[number - 1]):.1f} %"
        captions.append("\n".join([f"{number}", share, directions.names.get(number, "")]).strip())
    columns = [f"{amount:+g}" for amount in AMOUNTS] * pictures
    return contact_sheet(rows, captions, columns, margin_px=4, enlarge_to_px=96)


def _number_and_name(text: str) -> tuple[int, str]:
    number, equals, name = text.partition("=")
    if not equals or not number.strip().isascii() or not number.strip().isdigit():
        raise BadInputError(f'{text!r} must read NUMBER=NAME, such as 4="flat to heeled".')
    return int(number), name.strip()
