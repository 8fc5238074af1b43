"""Samples of 8 and 16 bits."""

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def to_uint8(samples: Samples) -> npt.NDArray[np.uint8]:
    """Round 16-bit samples to eight bits (v / 257); pass eight-bit ones through."""
    if samples.dtype == np.uint8:
        return samples.astype(np.uint8, copy=False)
    return ((samples.astype(np.uint32) + 128) // 257).astype(np.uint8)
