"""Parts of tensors and their gradients, against Torch's own."""

import pytest
import torch
from torch.testing import assert_close

from igan.export.rules import parts as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


def test_parts_and_their_gradient():
    source = random(2, 7, 3)
    for part, expected in zip(
        rules.split_with_sizes(source, [2, 1, 4], 1), source.split([2, 1, 4], 1), strict=True
    ):
        assert_close(part, expected)
    arguments = [random(2, 3, 3), [2, 7, 3], 1, 2, -2, 1]
    assert_close(rules.slice_backward(*arguments), aten.slice_backward(*arguments))


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize(("start", "end"), [(0, 2**63 - 1), (1, 6), (-3, -1), (2, 100)])
def test_gradient_of_a_part_taken_in_steps(start, end, step):
    taken = aten.slice(random(2, 3, 7), 2, start, end, step)
    arguments = [random(*taken.shape), [2, 3, 7], 2, start, end, step]
    assert_close(rules.slice_backward(*arguments), aten.slice_backward(*arguments))


def test_gradient_of_one_slice():
    arguments = [random(2, 3), [2, 7, 3], 1, -2]
    assert_close(rules.select_backward(*arguments), aten.select_backward(*arguments))


def test_picking_by_places_and_its_gradient():
    source, places = random(2, 3, 5), torch.tensor([4, 0, 4, 1])
    assert_close(rules.index(source, [None, None, places]), source[:, :, places])
    added = random(2, 3, 4)
    assert_close(
        rules.index_add(source, 2, places, added, alpha=2),
        source.index_add(2, places, added, alpha=2),
    )


def test_copies_and_rotations():
    source = random(2, 3, 5)
    assert_close(rules.repeat(source, [2, 1, 3, 2]), source.repeat(2, 1, 3, 2))
    for shift in (-7, -1, 0, 2):
        assert_close(rules.roll(source, [shift, 1], [2, 1]), source.roll((shift, 1), (2, 1)))
