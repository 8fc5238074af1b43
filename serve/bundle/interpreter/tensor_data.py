"""Stored tensors: their bytes are bounded by their shape before anything is allocated."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from serve.bundle.interpreter.wire_format import (
    as_bytes,
    as_integer,
    as_text,
    doubles,
    fields,
    floats,
    integers,
)

# File name -> its bytes; what weights outside of the graph are taken from.
ExternalData = Mapping[str, bytes | memoryview]

# onnx.TensorProto.DataType: its number, its name, and how numpy reads it.
_DTYPES: dict[int, tuple[str, str]] = {
    1: ("float32", "<f4"),
    2: ("uint8", "u1"),
    3: ("int8", "i1"),
    5: ("int16", "<i2"),
    6: ("int32", "<i4"),
    7: ("int64", "<i8"),
    9: ("bool", "u1"),
    10: ("float16", "<f2"),
    11: ("float64", "<f8"),
    16: ("bfloat16", "<u2"),
}
_NAMES_ALONE = {4: "uint16", 8: "string", 12: "uint32", 13: "uint64", 14: "complex64"}

_DIMS, _DATA_TYPE, _FLOAT_DATA, _INT32_DATA = 1, 2, 4, 5
_STRING_DATA, _INT64_DATA, _NAME, _RAW_DATA = 6, 7, 8, 9
_DOUBLE_DATA, _UINT64_DATA, _EXTERNAL_DATA, _DATA_LOCATION = 10, 11, 13, 14
_ENTRY_KEY, _ENTRY_VALUE = 1, 2
_LONGEST_SHAPE = 64


def dtype_name(number: int) -> str:
    """ONNX's name of a data type."""
    return _DTYPES[number][0] if number in _DTYPES else _NAMES_ALONE.get(number, f"type {number}")


def torch_dtype(number: int) -> torch.dtype:
    """Raises ValueError for a data type that has no place here."""
    if number not in _DTYPES:
        raise ValueError(f"data type {dtype_name(number)} is not known")
    return getattr(torch, _DTYPES[number][0])


def read_tensor(message: memoryview, external: ExternalData) -> tuple[str, Tensor]:
    """Name and value of a TensorProto; the value owns its memory.

    Raises:
        ValueError: it is damaged, or its data have another size than its shape says.
    """
    proto = _parse(message)
    dtype = torch_dtype(proto.data_type)
    kind = np.dtype(_DTYPES[proto.data_type][1])
    if any(length < 0 for length in proto.dims) or len(proto.dims) > _LONGEST_SHAPE:
        raise ValueError(f"tensor {proto.name!r} has the shape {proto.dims}")
    count = math.prod(proto.dims)
    stored = _stored_bytes(proto, count * kind.itemsize, external)
    if stored is None:
        values = _typed_values(proto, kind)
    else:
        if len(stored) != count * kind.itemsize:
            raise ValueError(
                f"tensor {proto.name!r} of shape {tuple(proto.dims)} needs "
                f"{count * kind.itemsize} bytes, but has {len(stored)}"
            )
        values = np.frombuffer(stored, kind)
    if len(values) != count:
        raise ValueError(
            f"tensor {proto.name!r} of shape {tuple(proto.dims)} has {len(values)} values"
        )
    native = values.astype(kind.newbyteorder("="))
    tensor = torch.from_numpy(native)
    tensor = tensor.view(torch.bfloat16) if dtype is torch.bfloat16 else tensor.to(dtype)
    return proto.name, tensor.reshape(proto.dims)


@dataclass
class _TensorProto:
    name: str = ""
    data_type: int = 0
    dims: list[int] = field(default_factory=list)
    raw: memoryview | None = None
    numbers: list[int] = field(default_factory=list)
    floats: list[float] = field(default_factory=list)
    doubles: list[float] = field(default_factory=list)
    is_external: bool = False
    entries: dict[str, str] = field(default_factory=dict)


def _parse(message: memoryview) -> _TensorProto:
    proto = _TensorProto()
    for number, content in fields(message):
        if number == _DIMS:
            proto.dims += integers(content)
        elif number == _DATA_TYPE:
            proto.data_type = as_integer(content)
        elif number == _NAME:
            proto.name = as_text(content)
        elif number == _RAW_DATA:
            proto.raw = as_bytes(content)
        elif number in (_INT32_DATA, _INT64_DATA):
            proto.numbers += integers(content)
        elif number == _FLOAT_DATA:
            proto.floats += floats(content)
        elif number == _DOUBLE_DATA:
            proto.doubles += doubles(content)
        elif number in (_STRING_DATA, _UINT64_DATA):
            raise ValueError(f"tensor {proto.name!r} holds texts or uint64")
        elif number == _DATA_LOCATION:
            proto.is_external = as_integer(content) == 1
        elif number == _EXTERNAL_DATA:
            entry = dict(fields(as_bytes(content)))
            key = as_text(entry.get(_ENTRY_KEY, memoryview(b"")))
            proto.entries[key] = as_text(entry.get(_ENTRY_VALUE, memoryview(b"")))
    return proto


def _stored_bytes(proto: _TensorProto, wanted: int, external: ExternalData) -> memoryview | None:
    """The little-endian bytes of the tensor, or None if it lists its values one by one."""
    if not proto.is_external:
        return proto.raw
    location = proto.entries.get("location", "")
    if location not in external:
        raise ValueError(f"tensor {proto.name!r} is stored in {location!r}, which is not there")
    whole = memoryview(external[location]).cast("B")
    offset = int(proto.entries.get("offset", "0"))
    length = int(proto.entries.get("length", str(wanted)))
    if offset < 0 or length < 0 or offset + length > len(whole):
        raise ValueError(f"tensor {proto.name!r} lies outside of {location!r}")
    return whole[offset : offset + length]


def _typed_values(proto: _TensorProto, kind: np.dtype) -> np.ndarray:
    """Values listed one by one; 16-bit floats are listed as the integers of their bits."""
    if kind == np.float32:
        return np.array(proto.floats, kind)
    if kind == np.float64:
        return np.array(proto.doubles, kind)
    if kind == np.float16:
        return np.array(proto.numbers, np.int64).astype("<u2").view(kind)
    return np.array(proto.numbers, np.int64).astype(kind)
