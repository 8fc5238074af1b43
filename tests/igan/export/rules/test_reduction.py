"""Maxima and variances, against Torch's own."""

import pytest
import torch
from torch.testing import assert_close

from igan.export.rules import reduction as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


@pytest.mark.parametrize("keepdim", [False, True])
def test_variance_and_mean(keepdim):
    source = random(2, 3, 4, 5)
    expected = torch.var_mean(source, [1, 3], correction=0, keepdim=keepdim)
    found = rules.variance_and_mean(source, [1, 3], correction=0, keepdim=keepdim)
    assert_close(found, expected)


def test_spread_of_the_batch():
    source = random(5, 3, 4)
    for correction in (0, 1):
        expected = torch.std(source, [0], correction=correction)
        assert_close(rules.standard_deviation(source, [0], correction=correction), expected)


@pytest.mark.parametrize("keepdim", [False, True])
def test_maximum_along_an_axis(keepdim):
    source = random(2, 5, 3)
    assert_close(rules.max_along(source, 1, keepdim), tuple(source.max(1, keepdim)))
    assert_close(rules.min_along(source, -1, keepdim), tuple(source.min(-1, keepdim)))
