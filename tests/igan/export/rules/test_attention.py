"""Attention, against Torch's own."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from igan.errors import ExportError
from igan.export.rules import attention as rules
from tests.igan.export.rules.random_values import random


def test_attention():
    query, key, value = random(2, 3, 4, 5), 2 * random(2, 3, 6, 5), random(2, 3, 6, 7)
    for mask in (None, random(4, 6), torch.arange(24).view(4, 6) % 5 > 0):
        expected = functional.scaled_dot_product_attention(query, key, value, mask)
        assert_close(rules.scaled_dot_product_attention(query, key, value, mask), expected)


def test_causal_attention_is_refused_by_name():
    part = random(1, 1, 2, 2)
    with pytest.raises(ExportError, match="scaled_dot_product_attention"):
        rules.scaled_dot_product_attention(part, part, part, is_causal=True)
