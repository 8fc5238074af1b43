"""The picture of random samples that goes with a bundle."""

import math
from pathlib import Path

import torch

from serve.bundle.bundle import draw_latents
from serve.bundle.manifest import LatentSpec
from serve.bundle.network import OnnxNetwork
from serve.photo.photo import Photo, write_photo
from serve.photo.pixels import tensor_to_pixels
from serve.report.sheet import contact_sheet

SEED = 0
COUNT = 64
_AT_ONCE = 8


@torch.no_grad()
def write_samples(path: Path, generator: OnnxNetwork, latent: LatentSpec) -> None:
    """Draw `COUNT` pictures of seed `SEED` with the exported generator into the new file `path`."""
    codes = draw_latents(latent, COUNT, torch.Generator().manual_seed(SEED))
    pictures = [
        picture for part in codes.split(_AT_ONCE) for picture in tensor_to_pixels(generator(part))
    ]
    columns = math.isqrt(COUNT)
    rows = [pictures[first : first + columns] for first in range(0, COUNT, columns)]
    write_photo(Photo(contact_sheet(rows)), path)
