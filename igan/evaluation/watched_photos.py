"""The held-out photos on which a run watches itself, apart from those on which it is judged.

A run keeps the checkpoint that does best on the watched half, so that a figure on these photos is
a little too good; what is published is measured on the others.
"""

import numpy as np
import numpy.typing as npt

from igan.data.store import Store


def watched_photos(store: Store) -> npt.NDArray[np.int64]:
    """Every other held-out photo of a store, int64 (N,); all where there are only a few.

    A run has no use for less than two, which no distribution can be told from.
    """
    held_out = np.asarray(store.indices_of("test"), np.int64)
    return held_out[::2] if len(held_out) >= 4 else held_out
