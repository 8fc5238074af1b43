"""Reads one thing of MATLAB 5 files: a cell array of strings.

The format is in MathWorks' *MAT-File Format*, chapter 1: elements of a tag (type, length) and data,
padded to 8 bytes; short ones carry their data in the tag; compressed ones are zlib streams.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER_BYTES = 128
_INT8, _UINT8, _UINT16, _UINT32, _MATRIX, _COMPRESSED = 1, 2, 4, 6, 14, 15
_TEXT_CODECS = {_INT8: "latin-1", _UINT8: "latin-1", 16: "utf-8"}
_UTF16, _UTF32 = 17, 18
_CELL_CLASS, _CHAR_CLASS = 1, 4
_LARGEST_UNPACKED_BYTES = 256 * 2**20


@dataclass(frozen=True)
class _Element:
    type: int
    data: memoryview


def read_cell_strings(data: bytes, name: str) -> list[str]:
    """Return the strings of the cell array `name`, in MATLAB's order (columns first).

    Raises:
        ValueError: there is no such array, or the file is damaged; the message is half a sentence.
    """
    if len(data) < _HEADER_BYTES or data[126:128] not in (b"IM", b"MI"):
        raise ValueError("is no MATLAB 5 file")
    order = "<" if data[126:128] == b"IM" else ">"
    try:
        for element in _elements(memoryview(data)[_HEADER_BYTES:], order):
            matrix = _unpacked(element, order) if element.type == _COMPRESSED else element
            if matrix.type != _MATRIX:
                continue
            kind, found, parts = _matrix(matrix, order)
            if found == name and kind == _CELL_CLASS:
                return [_string(part, order) for part in parts]
    except (struct.error, zlib.error, StopIteration, UnicodeDecodeError) as error:
        raise ValueError("is damaged") from error
    raise ValueError(f"holds no cell array {name}")


def _elements(data: memoryview, order: str) -> Iterator[_Element]:
    position = 0
    while position + 8 <= len(data):
        type_, length = struct.unpack_from(f"{order}II", data, position)
        if type_ >> 16:  # a short element: length and type share one word, the data the other
            length, type_ = type_ >> 16, type_ & 0xFFFF
            start, following = position + 4, position + 8
        else:
            start = position + 8
            following = start + length
            if type_ != _COMPRESSED:
                following += -length % 8
        if start + length > len(data):
            raise ValueError("is cut off")
        yield _Element(type_, data[start : start + length])
        position = following


def _unpacked(element: _Element, order: str) -> _Element:
    unpacking = zlib.decompressobj()
    data = unpacking.decompress(element.data, _LARGEST_UNPACKED_BYTES)
    if not unpacking.eof:
        raise ValueError("is damaged or unpacks to too much")
    return next(_elements(memoryview(data), order))


def _matrix(element: _Element, order: str) -> tuple[int, str, Iterator[_Element]]:
    """Return a matrix's class, its name, and its elements after the name."""
    parts = _elements(element.data, order)
    flags, _dimensions, name = next(parts), next(parts), next(parts)
    (class_and_flags,) = struct.unpack_from(f"{order}I", flags.data)
    return class_and_flags & 0xFF, str(name.data, "ascii"), parts


def _string(element: _Element, order: str) -> str:
    if element.type != _MATRIX:
        raise ValueError("holds something else than strings")
    kind, _, parts = _matrix(element, order)
    if kind == _CELL_CLASS:
        return _string(next(parts), order)
    if kind != _CHAR_CLASS:
        raise ValueError("holds something else than strings")
    text = next(parts, None)
    if text is None:
        return ""
    ending = "le" if order == "<" else "be"
    codecs = {**_TEXT_CODECS, _UINT16: f"utf-16-{ending}", _UTF16: f"utf-16-{ending}"}
    codecs[_UTF32] = f"utf-32-{ending}"
    if text.type not in codecs:
        raise ValueError("holds strings of an unknown kind")
    return str(text.data, codecs[text.type])
