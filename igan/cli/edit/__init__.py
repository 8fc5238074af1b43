"""Edit a photo with a script of strokes, or draw a new picture from strokes alone.

  igan edit checkpoints/shoes photo.jpg --script edit.json --out runs/edit
  igan edit checkpoints/shoes photo.jpg --script edit.json --candidates 9 --out runs/nine
  igan edit checkpoints/shoes --script strokes.json --candidates 9 --out runs/drawn

The smallest script is one red stroke, in pixels of the photo:

  {"version": 1, "constraints": [
    {"brush": "colour", "points": [[60, 170], [160, 200]],
     "colour": [190, 30, 40], "width_px": 24}]}

The other brushes, each with an optional "strength" above 0 to 1:

  {"brush": "sketch", "points": [[20, 180], [90, 60]], "width_px": 3}      an edge shall run here
  {"brush": "patch", "outline": [[20, 150], [60, 150], [60, 190]],
   "move": [0, -30]}                                        this patch shall be seen over there
  {"brush": "point", "handle": [40, 160], "target": [40, 120],
   "radius_px": 15}                                         this point shall come to there
  {"brush": "keep", "points": [[200, 190]], "width_px": 40}                 this shall stay
  {"brush": "erase", "of": "colour", "points": [[60, 170]], "width_px": 9}  not so far

Beside the constraints may stand "settings", "picks" (go on from a candidate), "directions"
(sliders, see `igan directions`), "frame" and "seed"; `igan edit --schema` prints the JSON Schema of
all of it. Without a photo strokes are in pixels of the network's square, unless a "frame" says
otherwise. A bundle without a projection network needs "settings": {"method": "optimisation"}.

The pictures of the released iGAN script do as well, with a photo or without:

  igan edit checkpoints/shoes --color-map colors.png --color-mask mask.png --edge-map edges.png \\
    --candidates 9 --out runs/three

Writes into a new folder: the edited photo in its own format (result.png without a photo), mask.png
(white where it changed), edit.json (the script with all that was left out, to be run again or
opened later), sheet.png, candidates.png (with --candidates: a row for each, its path from left to
right), films of the path, metrics.json (did each stroke get what it asked for?), figures.json
(seconds, files), and report.html, which shows all of it; with --sequence also the photo at even
positions on the path.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from igan.cli.carried_files import add_carrying_arguments
from igan.cli.edit.drawing import draw_path
from igan.cli.edit.editing import edit_file
from igan.cli.edit.stages import Stages
from igan.cli.framing import add_frame_argument

__all__ = ["Stages", "add_arguments", "draw_path", "edit_file", "run"]


class PrintSchema(argparse.Action):
    """Prints the JSON Schema of scripts and ends the command."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        import json

        from serve.latent.edit import edit_schema

        print(json.dumps(edit_schema(), indent=2))
        parser.exit()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument(
        "photo",
        type=Path,
        metavar="PHOTO",
        nargs="?",
        help="the photo to edit; without it the edit starts from random latents",
    )
    parser.add_argument("--script", type=Path, help="the edit, a JSON file")
    parser.add_argument("--out", type=Path, required=True, help="the folder to make")
    parser.add_argument(
        "--schema", action=PrintSchema, nargs=0, help="print the JSON Schema of scripts, and stop"
    )
    pictures = parser.add_argument_group(
        "pictures instead of a script, or beside it",
        "One of the photo's size lies over the photo, any other over the network's square.",
    )
    pictures.add_argument(
        "--color-map", type=Path, metavar="PNG", help="a painted picture: pixels shall look like it"
    )
    pictures.add_argument(
        "--color-mask",
        type=Path,
        metavar="PNG",
        help="white where the colour map counts (default: where it is not clear)",
    )
    pictures.add_argument(
        "--edge-map", type=Path, metavar="PNG", help="white lines on black: edges shall run there"
    )
    candidates = parser.add_argument_group("candidates")
    candidates.add_argument(
        "--candidates",
        type=int,
        metavar="N",
        help="show the N best distinct results of many starts (the script's, else 1)",
    )
    candidates.add_argument(
        "--choose",
        type=int,
        default=1,
        metavar="RANK",
        help="which of them is carried to the photo (1, the best)",
    )
    candidates.add_argument("--seed", type=int, help="of random starts (the script's, else 0)")
    parser.add_argument(
        "--amount",
        type=float,
        help="how far to go: 0 is the photo, 1 the edit, up to 2 beyond it (the script's, else 1)",
    )
    parser.add_argument(
        "--sequence",
        type=int,
        default=0,
        metavar="N",
        help="also write N + 1 photos at even positions on the path, at full size",
    )
    add_carrying_arguments(parser)
    add_frame_argument(parser, found=True)


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
        color_map=arguments.color_map,
        color_mask=arguments.color_mask,
        edge_map=arguments.edge_map,
        candidates=arguments.candidates,
        choose=arguments.choose,
        seed=arguments.seed,
    )
    for note in figures["notes"]:
        print(note)
    kind = "the new picture" if arguments.photo is None else "the edited photo"
    print(f"{arguments.out / figures['edited']} is {kind}.")
    for sentence in figures["sentences"]:
        print(sentence)
    print(f"{arguments.out / 'report.html'} shows how it came about.")
