import struct

import pytest

from serve.app.protocol import HEADER, Frame, FrameKind
from serve.errors import BadInputError


def test_the_header_byte_by_byte() -> None:
    frame = Frame(FrameKind.CANDIDATE, 7, 1234, 64, 48, b"jpeg", rank=9)
    data = frame.to_bytes()
    assert HEADER.size == 16
    assert data == bytes([3, 1, 9, 0]) + struct.pack("<IIHH", 7, 1234, 64, 48) + b"jpeg"
    assert Frame.from_bytes(data) == frame


def test_time_wraps_after_seven_weeks() -> None:
    frame = Frame(FrameKind.PHOTO, 2**32 - 1, 2**32 + 5, 1, 1, b"")
    assert Frame.from_bytes(frame.to_bytes()).time_ms == 5


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        (b"\x01\x01", "header"),
        (bytes([1, 2]) + bytes(14), "version 2"),
        (bytes([9, 1]) + bytes(14), "unknown kind 9"),
    ],
)
def test_what_is_no_frame(data: bytes, wrong: str) -> None:
    with pytest.raises(BadInputError, match=wrong):
        Frame.from_bytes(data)
