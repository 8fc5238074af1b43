"""Borders and their gradients, against Torch's own."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from igan.export.rules import padding as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


@pytest.mark.parametrize("pads", [(1, 2), (1, 0, 0, 2), (-1, 2, 3, -2), (0, 0, 1, 1, 2, 0)])
@pytest.mark.parametrize("value", [0.0, 1.5])
def test_constant_borders(pads, value):
    source = random(2, 3, 5, 6)
    expected = functional.pad(source, pads, value=value)
    assert_close(rules.pad(source, pads, "constant", value), expected)


@pytest.mark.parametrize("mode", ["circular", "reflect", "replicate"])
def test_borders_made_of_the_image(mode):
    source, pads = random(2, 3, 5, 6), (1, 3, 2, 0)
    assert_close(rules.pad(source, pads, mode), functional.pad(source, pads, mode))


@pytest.mark.parametrize("name", ["reflection_pad2d_backward", "replication_pad2d_backward"])
def test_gradients_of_borders(name):
    source, pads = random(2, 3, 5, 6), [1, 3, 2, 0]
    arguments = [random(2, 3, 7, 10), source, pads]
    assert_close(getattr(rules, name)(*arguments), getattr(aten, name)(*arguments))
