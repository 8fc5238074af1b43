"""The order in which training sees a set: an endless stream of seeded permutations.

The stream is a pure function of seed and position, so that training resumes at any position and
every rank computes its part without talking to the others.
"""

from collections.abc import Iterator

import numpy as np


def epoch_order(count: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order of one epoch: a permutation of range(count), int64."""
    return np.random.Generator(np.random.Philox(key=[seed, epoch])).permutation(count)


def batch_orders(
    count: int, seed: int, position: int, batch_size: int, rank: int = 0, world_size: int = 1
) -> Iterator[np.ndarray]:
    """Yield the batches of one rank without end, each int64 (batch_size,) of range(count).

    The ranks deal the stream out among them, image by image; a batch may reach over the end of an
    epoch, so that every image is seen equally often whatever the batch size.

    Args:
        position: images of the stream that all ranks together have consumed before.
    """
    images_per_step = batch_size * world_size
    epoch, offset = divmod(position, count)
    remaining = epoch_order(count, seed, epoch)[offset:]
    while True:
        while len(remaining) < images_per_step:
            epoch += 1
            remaining = np.concatenate([remaining, epoch_order(count, seed, epoch)])
        yield remaining[rank:images_per_step:world_size]
        remaining = remaining[images_per_step:]


def held_out_batches(
    count: int, batch_size: int, rank: int = 0, world_size: int = 1
) -> list[np.ndarray]:
    """Return one ordered pass over range(count) in batches, the last perhaps smaller.

    Ranks take every `world_size`-th image; the first images repeat at the end where that gives
    every rank the same number, since a rank without a batch would leave the others waiting.
    """
    images_per_rank = -(-count // world_size)
    mine = (rank + world_size * np.arange(images_per_rank)) % count
    return [mine[start : start + batch_size] for start in range(0, images_per_rank, batch_size)]
