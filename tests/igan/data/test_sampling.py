from itertools import islice

import numpy as np
import pytest

from igan.data.sampling import batch_orders, epoch_order, held_out_batches


def stream(count: int, images: int, seed: int = 0) -> list[int]:
    epochs = -(-images // count)
    order = np.concatenate([epoch_order(count, seed, epoch) for epoch in range(epochs)])
    return order[:images].tolist()


def test_an_epoch_is_a_permutation_that_seed_and_epoch_decide() -> None:
    order = epoch_order(50, seed=1, epoch=2)
    assert sorted(order.tolist()) == list(range(50))
    np.testing.assert_array_equal(order, epoch_order(50, seed=1, epoch=2))
    assert (order != epoch_order(50, seed=1, epoch=3)).any()
    assert (order != epoch_order(50, seed=2, epoch=2)).any()


def test_the_order_is_the_same_on_every_machine() -> None:
    assert epoch_order(8, seed=0, epoch=0).tolist() == [5, 0, 6, 1, 7, 2, 4, 3]


@pytest.mark.parametrize("batch_size", [1, 4, 10, 23])
def test_batches_are_the_stream_cut_up(batch_size: int) -> None:
    batches = list(islice(batch_orders(10, 0, 0, batch_size), 7))
    assert all(len(batch) == batch_size for batch in batches)
    assert np.concatenate(batches).tolist() == stream(10, 7 * batch_size)


@pytest.mark.parametrize("position", [0, 3, 10, 47])
def test_a_stream_goes_on_at_any_position(position: int) -> None:
    (batch,) = islice(batch_orders(10, 5, position, 6), 1)
    assert batch.tolist() == stream(10, position + 6, seed=5)[position:]


@pytest.mark.parametrize("world_size", [2, 3, 8])
def test_ranks_deal_the_stream_out(world_size: int) -> None:
    steps = [
        list(islice(batch_orders(50, 0, 0, 4, rank, world_size), 5)) for rank in range(world_size)
    ]
    dealt = np.array(steps)  # (rank, step, image)
    assert dealt.transpose(1, 2, 0).ravel().tolist() == stream(50, 5 * 4 * world_size)


def test_a_set_smaller_than_a_batch_repeats() -> None:
    (batch,) = islice(batch_orders(3, 0, 0, 8), 1)
    assert batch.tolist() == stream(3, 8)


def test_held_out_batches_are_ordered_and_complete() -> None:
    batches = held_out_batches(10, 4)
    assert [batch.tolist() for batch in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_ranks_have_equally_many_held_out_batches() -> None:
    parts = [np.concatenate(held_out_batches(10, 2, rank, 4)) for rank in range(4)]
    assert {len(part) for part in parts} == {3}
    assert set(np.concatenate(parts).tolist()) == set(range(10))
