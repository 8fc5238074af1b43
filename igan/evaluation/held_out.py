"""Held-out photos that a model cannot have seen, not even as another copy of the same photo."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from igan.data.near_duplicates import near_duplicates
from igan.data.store import Store
from igan.errors import StoreError


class HeldOut(NamedTuple):
    """Records of a store that are held out.

    Attributes:
        indices: int64 (N,), ascending.
        near_duplicates: how many were left out because a photo to train on shows the same.
    """

    indices: npt.NDArray[np.int64]
    near_duplicates: int


def held_out_photos(
    store: Store,
    count: int | None = None,
    keep_near_duplicates: bool = False,
    progress: Callable[[int], object] = lambda records: None,
) -> HeldOut:
    """Return the held-out photos of a store, evenly picked where there are more than `count`.

    Args:
        keep_near_duplicates: take also those that a photo to train on shows too; see
            `igan.data.near_duplicates`.
        progress: gets the number of records that were compared so far.

    Raises:
        StoreError: the store cannot be read, or holds none.
    """
    held_out = store.indices_of("test")
    found = len(held_out)
    if found and not keep_near_duplicates:
        pairs = near_duplicates(store, progress)
        is_held_out = np.zeros(len(store), bool)
        is_held_out[held_out] = True
        first, second = pairs["first"], pairs["second"]
        shown = np.concatenate([first[~is_held_out[second]], second[~is_held_out[first]]])
        held_out = np.setdiff1d(held_out, shown)
    if len(held_out) == 0:
        raise StoreError(
            f"{store.path} has no held-out photos that are no copies of others; import some under "
            "a folder `test`."
            if found
            else f"{store.path} has no held-out photos; import some under a folder `test`."
        )
    left_out = found - len(held_out)
    if count is not None and count < len(held_out):
        held_out = held_out[np.linspace(0, len(held_out) - 1, count).round().astype(int)]
    return HeldOut(held_out, left_out)
