"""A store of rendered shoes."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from igan.data.encoding import Encoding
from igan.data.ordered_pool import map_in_order
from igan.data.rendering.parameters import sample_parameters
from igan.data.rendering.picture import render
from igan.data.split import split_by_identity
from igan.data.store_format import IndexEntry, StoreSource, check_picture_size
from igan.data.store_writer import StoreWriter
from igan.errors import ConfigError
from serve.staging import staged_folder

LABEL = "shoe"
LICENCE = "drawn by igan, under igan's own licence"


def render_store(
    out: str | Path,
    count: int,
    size: int = 64,
    seed: int = 0,
    *,
    encoding: Encoding = "raw",
    workers: int | None = None,
    progress: Callable[[int], object] = lambda done: None,
) -> Path:
    """Draw the first `count` shoes of the set of `seed` into a new store and return its path.

    A record's identity is `SEED/INDEX`: `sample_parameters(SEED, INDEX)` are its parameters. About
    one picture in ten is held out. `progress` gets the number of pictures done so far.

    Raises:
        ConfigError: `count`, `size` or `seed` cannot be drawn.
        OutputExistsError: `out` is taken.
    """
    if count < 1:
        raise ConfigError(f"{count} pictures cannot be drawn; ask for at least 1.")
    if seed < 0:
        raise ConfigError(f"the seed {seed} is negative; give 0 or more.")
    check_picture_size(size)
    source = StoreSource(f"rendered shoes, seed {seed}", "rendered", LICENCE)

    def draw(index: int) -> np.ndarray:
        return render(sample_parameters(seed, index), size)

    out = Path(out)
    with (
        staged_folder(out) as staging,
        StoreWriter(
            staging, size=size, channels=3, encoding=encoding, fit="rendered", sources=[source]
        ) as writer,
    ):
        pictures = map_in_order(draw, range(count), workers or os.cpu_count() or 1)
        for index, pixels in enumerate(pictures):
            identity = f"{seed}/{index:08d}"
            content = hashlib.sha256(pixels.tobytes()).digest()
            writer.add(
                pixels, IndexEntry(identity, content, split_by_identity(identity), label=LABEL)
            )
            progress(index + 1)
    return out
