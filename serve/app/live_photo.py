"""The small copy of a photo that live pictures show."""

import threading

import numpy as np
import numpy.typing as npt

from serve.app.cancelling import Check
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.photo.reduction import reduce_photo
from serve.transfer.apply import Change, EditTransfer
from serve.transfer.preview import EditPreview

Pixels = npt.NDArray[np.uint8]


class LivePhoto:
    """A photo reduced to the size it is shown in, and quick ways to show an edit on it.

    Args:
        first: G(z0), uint8 (S, S, C).
        side_px: longest side.
    """

    def __init__(self, photo: Photo, frame: PhotoFrame, first: Pixels, side_px: int) -> None:
        self.photo, self._frame = reduce_photo(photo, frame, side_px)
        self.side_px = side_px
        self._preview = EditPreview(self.photo, self._frame, first)
        self._lock = threading.Lock()
        self._path: tuple[bytes, EditTransfer] | None = None

    def original(self) -> Pixels:
        """Without any edit, (H, W, 3)."""
        return self.photo.as_uint8(3)

    def edited(self, last: Pixels, change: Change, side_px: int | None = None) -> Pixels:
        """With the change from G(z0) to this picture of the model, (H, W, 3 or 1).

        Args:
            side_px: longest side, if smaller than that of the copy.
        """
        return self._preview.pixels_at(last, change, side_px)

    def follow_path(self, key: bytes, frames: Pixels, check: Check) -> None:
        """Show places on a path by its many small steps from now on; `key` says which path."""
        transfer = EditTransfer(self.photo, self._frame, frames, on_progress=check)
        with self._lock:
            self._path = key, transfer

    def on_path(self, key: bytes, position: float, change: Change) -> Pixels | None:
        """At a place on the path, (H, W, 3); None if another path is followed, or none."""
        with self._lock:
            path = self._path
        if path is None or path[0] != key:
            return None
        return path[1].photo_at(position, change).as_uint8(3)
