"""The messages between clients and the service, and the pictures that it sends."""

from serve.app.protocol.frames import HEADER, Frame, FrameKind
from serve.app.protocol.messages import (
    CHANGES_EDIT,
    KINDS,
    ClientMessage,
    MessageError,
    read_frame,
    read_message,
)
from serve.app.protocol.version import FRAME_VERSION, SUBPROTOCOL

__all__ = [
    "CHANGES_EDIT",
    "FRAME_VERSION",
    "HEADER",
    "KINDS",
    "SUBPROTOCOL",
    "ClientMessage",
    "Frame",
    "FrameKind",
    "MessageError",
    "read_frame",
    "read_message",
]
