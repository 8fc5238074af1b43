"""Activations, against Torch's own."""

import torch
from torch.nn import functional
from torch.testing import assert_close

from igan.export.rules import activation as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


def test_activations():
    source = random(2, 4, 5)
    assert_close(rules.glu(source, 1), functional.glu(source, 1))
    assert_close(rules.softshrink(source, 0.3), functional.softshrink(source, 0.3))
    assert_close(rules.rrelu_with_noise(source, source), functional.rrelu(source))


def test_gradient_of_softplus_on_both_sides_of_the_threshold():
    source = 15 * random(2, 4, 5)
    for beta in (1.0, 2.5):
        arguments = [random(2, 4, 5), source, beta, 20.0]
        found, expected = rules.softplus_backward(*arguments), aten.softplus_backward(*arguments)
        assert_close(found, expected, rtol=0, atol=1e-8)
        assert bool((source * beta > 20).any())
