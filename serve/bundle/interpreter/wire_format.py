"""The wire format of protocol buffers, as far as ONNX uses it."""

import struct
from collections.abc import Iterator

VARINT, FIXED64, LENGTH_DELIMITED, FIXED32 = 0, 1, 2, 5
_FIXED_LENGTHS = {FIXED64: 8, FIXED32: 4}

# A varint's value, or the bytes of any other field.
FieldContent = int | memoryview


def fields(message: memoryview) -> Iterator[tuple[int, FieldContent]]:
    """The fields of a message in order: number and content. Nothing is copied.

    Raises:
        ValueError: the bytes are not a well-formed message.
    """
    position = 0
    while position < len(message):
        tag, position = read_varint(message, position)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == VARINT:
            value, position = read_varint(message, position)
            yield number, value
            continue
        if wire_type == LENGTH_DELIMITED:
            length, position = read_varint(message, position)
        elif wire_type in _FIXED_LENGTHS:
            length = _FIXED_LENGTHS[wire_type]
        else:
            raise ValueError(f"unknown wire type {wire_type}")
        end = position + length
        if end > len(message):
            raise ValueError("a field is longer than its message")
        yield number, message[position:end]
        position = end


def read_varint(message: memoryview, position: int) -> tuple[int, int]:
    """The unsigned number of at most 64 bits at `position`, and the position behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            break
        byte = message[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (2**64 - 1), position
    raise ValueError("a number does not end")


def signed(value: int) -> int:
    """An int64 from the varint that stores it."""
    return value - 2**64 if value >= 2**63 else value


def as_integer(content: FieldContent) -> int:
    """The int64 of a field."""
    if isinstance(content, memoryview):
        raise ValueError("a field that should be a number is not one")
    return signed(content)


def as_bytes(content: FieldContent) -> memoryview:
    """The bytes of a field."""
    if not isinstance(content, memoryview):
        raise ValueError("a field that should hold bytes holds a number")
    return content


def as_text(content: FieldContent) -> str:
    """The text of a field."""
    return bytes(as_bytes(content)).decode("utf-8")


def as_float(content: FieldContent) -> float:
    """The float32 of a field."""
    (value,) = _unpacked("f", as_bytes(content))
    return value


def integers(content: FieldContent) -> list[int]:
    """The int64 values of a repeated field, packed or one of them alone."""
    if not isinstance(content, memoryview):
        return [signed(content)]
    values, position = [], 0
    while position < len(content):
        value, position = read_varint(content, position)
        values.append(signed(value))
    return values


def floats(content: FieldContent) -> list[float]:
    """The float32 values of a repeated field, packed or one of them alone."""
    return _unpacked("f", as_bytes(content))


def doubles(content: FieldContent) -> list[float]:
    """The float64 values of a repeated field, packed or one of them alone."""
    return _unpacked("d", as_bytes(content))


def _unpacked(kind: str, content: memoryview) -> list[float]:
    size = struct.calcsize(f"<{kind}")
    if len(content) % size:
        raise ValueError(f"numbers of {size} bytes take {len(content)} bytes")
    return [value for (value,) in struct.iter_unpack(f"<{kind}", content)]
