"""People's photos, in memory, each known to the client alone that sent it."""

import hashlib
import threading
import time
from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any

from serve.app.limits import Limits
from serve.errors import LimitError, UnknownPhotoError
from serve.photo.photo import Photo, decode_photo
from serve.photo.plain_files import claimed_size_px


@dataclass(frozen=True)
class PhotoInfo:
    """What is known of a photo.

    Attributes:
        sha256: of its file.
        width_px, height_px: upright.
        channels: 3 or 1.
        format: of its file, such as "JPEG".
    """

    sha256: str
    width_px: int
    height_px: int
    channels: int
    format: str

    @classmethod
    def of(cls, photo: Photo) -> "PhotoInfo":
        return cls(
            photo.sha256, photo.width_px, photo.height_px, photo.channels, photo.source_format
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class PhotoShelf:
    """Decoded photos by client and digest; any number of threads may use it.

    A session that is open holds its photo itself, so what is forgotten here disturbs nobody: who
    asks for it again is told to send it again.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._photos: OrderedDict[tuple[str, str], Photo] = OrderedDict()
        self._used_s: dict[tuple[str, str], float] = {}
        self._bytes = 0

    def put(self, client: str, data: bytes) -> PhotoInfo:
        """Decode a photo file and keep it for this client.

        Raises:
            LimitError: the file is too large.
            PhotoError: it is no photo, or one of too many pixels.
        """
        if len(data) > self._limits.photo_bytes:
            raise LimitError(
                f"the photo has {len(data):,} bytes, more than the {self._limits.photo_bytes:,} "
                "that are taken; make it smaller first."
            )
        key = client, hashlib.sha256(data).hexdigest()
        with self._lock:
            if key in self._photos:
                return PhotoInfo.of(self._used(key))
        if (claimed_px := claimed_size_px(data)) is not None:
            self._refuse_too_large(*claimed_px)
        photo = decode_photo(data, "the photo")
        self._refuse_too_large(photo.width_px, photo.height_px)
        with self._lock:
            if key not in self._photos:
                self._photos[key] = photo
                self._bytes += _bytes_of(photo)
                self._used(key)
                self._forget_oldest(client)
        return PhotoInfo.of(photo)

    def get(self, client: str, sha256: str) -> Photo:
        """The photo that this client sent.

        Raises:
            UnknownPhotoError: it is not here.
        """
        key = client, sha256
        with self._lock:
            if key not in self._photos:
                raise UnknownPhotoError(sha256)
            return self._used(key)

    def forget(self, client: str) -> None:
        """Drop all photos of a client."""
        with self._lock:
            for key in [key for key in self._photos if key[0] == client]:
                self._drop(key)

    @property
    def held(self) -> tuple[int, int]:
        """How many photos are here, and the bytes of their pixels."""
        with self._lock:
            return len(self._photos), self._bytes

    def _refuse_too_large(self, width_px: int, height_px: int) -> None:
        most = self._limits.photo_pixels
        if width_px * height_px > most:
            raise LimitError(
                f"the photo has {width_px} x {height_px} pixels, more than the {most / 1e6:g} "
                "megapixels that are taken; make it smaller first."
            )

    def _used(self, key: tuple[str, str]) -> Photo:
        self._photos.move_to_end(key)
        self._used_s[key] = time.monotonic()
        return self._photos[key]

    def _forget_oldest(self, client: str) -> None:
        long_ago_s = time.monotonic() - self._limits.photo_kept_s
        for key in [key for key, used_s in self._used_s.items() if used_s < long_ago_s]:
            self._drop(key)
        own = [key for key in self._photos if key[0] == client]
        for key in own[: max(0, len(own) - self._limits.photos_per_client)]:
            self._drop(key)
        while self._bytes > self._limits.kept_photo_bytes and len(self._photos) > 1:
            self._drop(next(iter(self._photos)))

    def _drop(self, key: tuple[str, str]) -> None:
        self._bytes -= _bytes_of(self._photos.pop(key))
        del self._used_s[key]


def _bytes_of(photo: Photo) -> int:
    return photo.pixels.nbytes + (0 if photo.alpha is None else photo.alpha.nbytes)
