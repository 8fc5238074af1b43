from dataclasses import dataclass

import torch
from torch import Tensor

from serve.latent.rows import choose_rows, join_rows, put_rows, take_rows


@dataclass(frozen=True)
class Inner:
    values: Tensor


@dataclass(frozen=True)
class Outer:
    flags: Tensor
    inner: Inner


def outer(first: int, count: int) -> Outer:
    numbers = torch.arange(first, first + count)
    return Outer(numbers % 2 == 0, Inner(torch.stack([numbers, 10 * numbers], 1)))


def test_rows_are_taken_and_put_back_at_every_depth() -> None:
    record, index = outer(0, 5), torch.tensor([1, 3])
    part = take_rows(record, index)
    assert part.inner.values.tolist() == [[1, 10], [3, 30]]
    changed = put_rows(record, index, outer(6, 2))
    assert changed.inner.values[:, 0].tolist() == [0, 6, 2, 7, 4]
    assert changed.flags.tolist() == [True, True, True, False, True]
    assert record.inner.values[:, 0].tolist() == [0, 1, 2, 3, 4]


def test_all_rows_and_no_rows() -> None:
    record = outer(0, 3)
    assert take_rows(record, torch.arange(3)) is record
    assert len(take_rows(record, torch.tensor([], dtype=torch.int64)).flags) == 0
    assert put_rows(record, torch.arange(3), outer(5, 3)).inner.values[:, 0].tolist() == [5, 6, 7]
    by_condition = take_rows(record, torch.tensor([True, False, True]))
    assert by_condition.inner.values[:, 0].tolist() == [0, 2]


def test_joined_rows_come_in_order() -> None:
    joined = join_rows([outer(0, 2), outer(7, 1), outer(0, 2)])
    assert joined.inner.values[:, 0].tolist() == [0, 1, 7, 0, 1]


def test_rows_are_chosen_one_by_one() -> None:
    chosen = choose_rows(torch.tensor([True, False, True]), outer(0, 3), outer(5, 3))
    assert chosen.inner.values.tolist() == [[0, 0], [6, 60], [2, 20]]
