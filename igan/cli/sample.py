"""Draw random pictures from a bundle, all on one sheet.

igan sample checkpoints/shoes --count 16 --seed 0 --out samples.png
"""

import argparse
import math
from pathlib import Path

from igan.errors import BadInputError

AT_ONCE = 64


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="an exported model")
    parser.add_argument("--count", type=int, default=16, help="how many pictures")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same pictures")
    parser.add_argument("--out", type=Path, required=True, help="the picture file to make")


def run(arguments: argparse.Namespace) -> None:
    sample(arguments.bundle, arguments.out, arguments.count, arguments.seed)
    print(f"{arguments.count} pictures are in {arguments.out}.")


def sample(bundle_path: Path, out: Path, count: int, seed: int) -> None:
    """Write a sheet of `count` random pictures of a bundle to the new file `out`."""
    import numpy as np
    import torch

    from serve.bundle import load_bundle
    from serve.photo.photo import Photo, write_photo
    from serve.photo.pixels import tensor_to_pixels
    from serve.report.sheet import contact_sheet
    from serve.staging import refuse_existing

    refuse_existing(out)
    if count < 1:
        raise BadInputError(f"--count must be at least 1, not {count}.")
    bundle = load_bundle(bundle_path)
    with torch.no_grad():
        pictures = np.concatenate(
            [
                tensor_to_pixels(bundle.generator(z))
                for z in bundle.sample_latents(count, seed).split(AT_ONCE)
            ]
        )
    columns = math.ceil(math.sqrt(count))
    rows = [list(pictures[first : first + columns]) for first in range(0, count, columns)]
    write_photo(Photo(contact_sheet(rows)), out)
