"""Normalisations, against Torch's own."""

import torch
from torch.testing import assert_close

from igan.export.rules import normalisation as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


def test_normalisations():
    source, weight, bias = random(2, 6, 4, 5), random(6), random(6)
    assert_close(
        rules.native_group_norm(source, weight, bias, 2, 6, 20, 3, 1e-5),
        aten.native_group_norm(source, weight, bias, 2, 6, 20, 3, 1e-5),
    )
    for statistics in (None, random(6).abs()):
        arguments = [source, weight, bias, statistics, statistics, statistics is None]
        arguments += [0.1, 1e-5, False]
        assert_close(rules.instance_norm(*arguments), aten.instance_norm(*arguments))
