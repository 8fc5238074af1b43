"""What is known of every record in a fixed number of bytes, so that all of it is read at once."""

import struct
from typing import NamedTuple

import numpy as np

NO_LABEL = -1

TRAITS = np.dtype(
    [
        ("label", "<i4"),
        ("import_number", "<u4"),
        ("ordinal", "<u8"),
        ("perceptual_hash", "<u8"),
        ("width_px", "<u4"),
        ("height_px", "<u4"),
    ]
)
"""One row a record, in the order of `Traits`; `label` is a position in the store's labels."""


class Traits(NamedTuple):
    """The traits of one record.

    Attributes:
        perceptual_hash: of the picture as it is stored; see `igan.data.perceptual_hash`.
        import_number: which import of the store made it, from 0.
        ordinal: the file's position among all files of its source, from 0.
        width_px: of the original photo, upright; 0 when it is not known.
        height_px: as `width_px`.
    """

    perceptual_hash: int
    import_number: int = 0
    ordinal: int = 0
    width_px: int = 0
    height_px: int = 0

    def to_bytes(self, label: int = NO_LABEL) -> bytes:
        """Pack as one row of `TRAITS`."""
        return struct.pack(
            "<iIQQII",
            label,
            self.import_number,
            self.ordinal,
            self.perceptual_hash,
            self.width_px,
            self.height_px,
        )
