"""A source's file as pixels, whatever it is stored as."""

from typing import TYPE_CHECKING

from igan.data.sources.photo_source import SourceFile, UnreadableFileError

if TYPE_CHECKING:
    import numpy as np


def decoded(file: SourceFile) -> "np.ndarray":
    """Return a file's pixels as uint8 (H, W, C), RGB or one channel, upright and without alpha.

    Raises:
        UnreadableFileError: it cannot be loaded or decoded.
    """
    from serve.errors import PhotoError
    from serve.photo.photo import decode_photo

    data = file.load()
    if not isinstance(data, bytes):
        return data
    try:
        photo = decode_photo(data, file.identity)
        return photo.as_uint8(photo.pixels.shape[2])
    except PhotoError as error:
        raise UnreadableFileError(str(error).removeprefix(file.identity).strip()) from error
