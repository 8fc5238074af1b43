"""Records whose tensors share their first axis: picking some of the rows and putting them back."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor

Record = TypeVar("Record")


def take_rows(record: Record, index: Tensor | slice) -> Record:
    """The rows `index`, (M,), of a dataclass of tensors (N, ...) or of such records."""
    if isinstance(index, Tensor) and _is_all(index, _length(record)):
        return record
    return _each(lambda value: value[index], record)


def put_rows(record: Record, index: Tensor, part: Record) -> Record:
    """The same record with its rows `index`, int64 (M,), replaced by those of `part`."""
    if _is_all(index, _length(record)):
        return part
    return _each(lambda value, rows: value.index_copy(0, index, rows), record, part)


def join_rows(records: Sequence[Record]) -> Record:
    """The rows of all records, one after the other."""
    if len(records) == 1:
        return records[0]
    return _each(lambda *values: torch.cat(values), *records)


def choose_rows(condition: Tensor, record: Record, other: Record) -> Record:
    """`record` where `condition`, bool (N,), is true, else `other`."""

    def chosen(value: Tensor, otherwise: Tensor) -> Tensor:
        if value is otherwise:
            return value
        shape = (-1, *(1 for _ in value.shape[1:]))
        return torch.where(condition.reshape(shape), value, otherwise)

    return _each(chosen, record, other)


def _is_all(index: Tensor, count: int) -> bool:
    """Whether an index, of rising row numbers or a condition, picks every row."""
    if index.dtype == torch.bool:
        return bool(index.all())
    return len(index) == count


def _length(record: Any) -> int:
    while not isinstance(record, Tensor):
        record = getattr(record, dataclasses.fields(record)[0].name)
    return len(record)


def _each(function: Callable[..., Tensor], *records: Any) -> Any:
    if isinstance(records[0], Tensor):
        return function(*records)
    return type(records[0])(
        **{
            field.name: _each(function, *(getattr(one, field.name) for one in records))
            for field in dataclasses.fields(records[0])
        }
    )
