"""Gradients of pooling, against Torch's own."""

import pytest
import torch
from torch.testing import assert_close

from igan.export.rules import pooling as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


@pytest.mark.parametrize(("size", "stride", "padding"), [(3, 2, 0), (3, 1, 1), (2, 2, 0)])
def test_gradient_of_max_pooling_adds_up_where_windows_overlap(size, stride, padding):
    source = random(2, 3, 9, 11)
    geometry = [[size] * 2, [stride] * 2, [padding] * 2, [1, 1], False]
    output, indices = aten.max_pool2d_with_indices(source, *geometry)
    arguments = [random(*output.shape), source, *geometry, indices]
    expected = aten.max_pool2d_with_indices_backward(*arguments)
    assert_close(rules.max_pool2d_with_indices_backward(*arguments), expected)


def test_gradient_of_average_pooling_by_tiles():
    source = random(2, 3, 6, 8)
    arguments = [random(2, 3, 3, 2), source, [2, 4], [], [0, 0], False, True, None]
    assert_close(rules.avg_pool2d_backward(*arguments), aten.avg_pool2d_backward(*arguments))


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("count_include_pad", [False, True])
@pytest.mark.parametrize("divisor", [None, 5])
@pytest.mark.parametrize(("size", "stride", "padding"), [(3, 2, 1), (3, 3, 0), (4, 1, 2)])
def test_gradient_of_average_pooling_with_overlap(
    size, stride, padding, ceil_mode, count_include_pad, divisor
):
    source = random(2, 3, 8, 9)
    geometry = [[size] * 2, [stride] * 2, [padding] * 2, ceil_mode, count_include_pad, divisor]
    arguments = [random(*aten.avg_pool2d(source, *geometry).shape), source, *geometry]
    assert_close(rules.avg_pool2d_backward(*arguments), aten.avg_pool2d_backward(*arguments))


@pytest.mark.parametrize("new", [(1, 1), (3, 5), (4, 2)])
def test_adaptive_average_pooling_and_its_gradient(new):
    source = random(2, 3, 8, 7)
    expected = aten._adaptive_avg_pool2d(source, list(new))
    assert_close(rules.adaptive_avg_pool2d(source, list(new)), expected)
    grad_output = random(*expected.shape)
    expected = aten._adaptive_avg_pool2d_backward(grad_output, source)
    assert_close(rules.adaptive_avg_pool2d_backward(grad_output, source), expected)
