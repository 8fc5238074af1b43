"""Pictures on their way to a client: a header of 16 bytes, then a JPEG or PNG file."""

import enum
import struct
from dataclasses import dataclass
from typing import Self

from serve.app.protocol.version import FRAME_VERSION
from serve.errors import BadInputError

HEADER = struct.Struct("<BBHIIHH")
"""Kind, version, rank, generation, time, width, height; little-endian."""

LARGEST_GENERATION = 2**32 - 1


class FrameKind(enum.IntEnum):
    """What a picture shows."""

    PHOTO = 1
    MODEL = 2
    CANDIDATE = 3
    ORIGINAL = 4
    FINISHED = 5
    SHADOW = 6


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes:
        kind: what it shows.
        generation: of the newest change by the client that it takes account of.
        time_ms: since the session began.
        width_px, height_px: of the picture, 1 to 65535 each.
        payload: a JPEG or PNG file.
        rank: of a candidate, from 1; else 0.
    """

    kind: FrameKind
    generation: int
    time_ms: int
    width_px: int
    height_px: int
    payload: bytes
    rank: int = 0

    def to_bytes(self) -> bytes:
        """Header and payload."""
        header = HEADER.pack(
            self.kind,
            FRAME_VERSION,
            self.rank,
            self.generation,
            self.time_ms & LARGEST_GENERATION,
            self.width_px,
            self.height_px,
        )
        return header + self.payload

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            BadInputError: it is no frame of this version.
        """
        if len(data) < HEADER.size:
            raise BadInputError(f"a frame has a header of {HEADER.size} bytes, not {len(data)}.")
        kind, version, rank, generation, time_ms, width, height = HEADER.unpack_from(data)
        if version != FRAME_VERSION:
            raise BadInputError(
                f"the frame has version {version}, but this release reads {FRAME_VERSION}."
            )
        if kind not in list(FrameKind):
            raise BadInputError(f"the frame is of the unknown kind {kind}.")
        payload = data[HEADER.size :]
        return cls(FrameKind(kind), generation, time_ms, width, height, payload, rank)
