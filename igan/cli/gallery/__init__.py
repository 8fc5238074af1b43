"""Show what bundles can do, on sample pictures: a page with its pictures.

  igan gallery                                every bundle in checkpoints/, into docs/gallery.md
  igan gallery checkpoints/shoes64 --out runs/gallery
                                              one bundle, elsewhere
  igan gallery checkpoints/mine --category shoes --out runs/gallery
                                              with the samples and edits meant for shoes

A section for each bundle: random samples, a walk, its figures; and with samples of its category
reconstructions, edits with their strokes, one of them at full size, and a generative
transformation. The commands stand under the pictures, and the same bundles give the same pictures.
Which samples and edits belong to which bundles is said by gallery.json beside the samples
(data/samples/README.md).

Which random samples are bad is judged by a person. judged-samples.json beside the bundles says
what was found, of which digest; the gallery marks and counts the rejects, and says of a bundle that
nobody has judged yet that it is unjudged.

The page and the folder of its pictures appear together at the end, and replace what was there.
"""

import argparse
from pathlib import Path

from igan.cli.shipped import CHECKPOINTS, SAMPLES, bundles_in
from igan.errors import BadInputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "bundles",
        type=Path,
        nargs="*",
        metavar="BUNDLE",
        help=f"exported models (all in {CHECKPOINTS}/)",
    )
    parser.add_argument(
        "--samples",
        type=Path,
        default=SAMPLES,
        metavar="FOLDER",
        help=f"sample pictures, with samples.json and gallery.json ({SAMPLES})",
    )
    parser.add_argument(
        "--category",
        help="show the samples of this category with every bundle, instead of what gallery.json "
        "says of its name",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("docs"),
        metavar="FOLDER",
        help="where gallery.md and images/gallery/ are written (docs)",
    )


def run(arguments: argparse.Namespace) -> None:
    from igan.cli.gallery.making import make_gallery

    bundles = arguments.bundles or bundles_in(CHECKPOINTS)
    if not bundles:
        raise BadInputError(f"there is no bundle in {CHECKPOINTS}; name one.")
    page = make_gallery(bundles, arguments.samples, arguments.out, arguments.category)
    print(f"{page} shows {len(bundles)} {'bundle' if len(bundles) == 1 else 'bundles'}.")
