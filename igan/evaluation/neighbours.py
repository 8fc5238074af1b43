"""The photos of a set that are nearest to given pictures: what a model may have learnt by heart.

Nearest by the cosine of AlexNet's conv4 activations (after ReLU) of the picture enlarged twice, all
places of the map together: alike are pictures that show like parts at like places.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from igan.data.combined import SplitReader
from igan.models.features import AlexNetFeatures
from serve.photo.pixels import pixels_to_tensor

NEIGHBOUR_SPACE = "cosine distance of AlexNet conv4 activations, pictures enlarged twice"
PHOTOS_AT_ONCE = 64


class Neighbours(NamedTuple):
    """The nearest photos of N pictures.

    Attributes:
        positions: int64 (N, K), their positions in the reader, the nearest first.
        distances: float32 (N, K), 1 - cosine, from 0 (alike) to 1.
    """

    positions: npt.NDArray[np.int64]
    distances: npt.NDArray[np.float32]


@torch.no_grad()
def nearest_photos(
    pictures: npt.NDArray[np.uint8],
    reader: SplitReader,
    nearest: int = 1,
    on_batch: Callable[[int], object] = lambda photos: None,
) -> Neighbours:
    """Find the `nearest` photos of `reader` to each of the pictures, uint8 (N, S, S, C).

    Photos pass by once, in batches; memory grows with the pictures alone.

    Args:
        on_batch: gets the number of photos that were compared so far.

    Raises:
        ValueError: fewer than `nearest` photos are there.
    """
    if not 1 <= nearest <= len(reader):
        raise ValueError(f"{nearest} nearest of {len(reader)} photos")
    network = AlexNetFeatures(layer="conv4", upsampling=2)
    wanted = torch.cat([_directions(network, part) for part in _parts(pictures)])
    cosines = torch.full((len(pictures), 0), 0.0)
    positions = torch.zeros((len(pictures), 0), dtype=torch.int64)
    for first in range(0, len(reader), PHOTOS_AT_ONCE):
        batch = np.arange(first, min(first + PHOTOS_AT_ONCE, len(reader)))
        found = wanted @ _directions(network, reader.read(batch)).T
        cosines = torch.cat([cosines, found], dim=1)
        positions = torch.cat([positions, torch.from_numpy(batch).expand(len(pictures), -1)], dim=1)
        cosines, order = cosines.topk(min(nearest, cosines.shape[1]), dim=1)
        positions = positions.gather(1, order)
        on_batch(int(batch[-1]) + 1)
    return Neighbours(positions.numpy(), (1 - cosines).numpy())


def _parts(pictures: npt.NDArray[np.uint8]) -> list[npt.NDArray[np.uint8]]:
    starts = range(0, len(pictures), PHOTOS_AT_ONCE)
    return [pictures[start : start + PHOTOS_AT_ONCE] for start in starts]


def _directions(network: AlexNetFeatures, pictures: npt.NDArray[np.uint8]) -> Tensor:
    """Features as vectors of length 1, float32 (N, D)."""
    features = network(pixels_to_tensor(pictures)).flatten(1)
    return torch.nn.functional.normalize(features, dim=1)
