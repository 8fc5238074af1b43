"""Interpolation and its gradient, against Torch's own."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from igan.export.rules import resampling as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(("new", "factors"), [((24, 20), (4.0, 4.0)), ((11, 3), (None, None))])
def test_gradient_of_bilinear_interpolation(align_corners, new, factors):
    arguments = [random(2, 3, *new), list(new), [2, 3, 6, 5], align_corners, *factors]
    expected = aten.upsample_bilinear2d_backward(*arguments)
    assert_close(rules.upsample_bilinear2d_backward(*arguments), expected)


def test_nearest_interpolation_and_its_gradient():
    source = random(2, 3, 4, 5)
    expected = functional.interpolate(source, size=(8, 15))
    assert_close(rules.upsample_nearest2d(source, [8, 15]), expected)
    arguments = [random(2, 3, 8, 15), [8, 15], [2, 3, 4, 5]]
    expected = aten.upsample_nearest2d_backward(*arguments)
    assert_close(rules.upsample_nearest2d_backward(*arguments), expected)


def test_interpolation_with_its_size_worked_out():
    source = random(2, 3, 4, 5)
    for size, factors in (([6, 7], None), (None, [2.0, 3.0])):
        arguments = {"size": size, "scale_factor": factors}
        expected = functional.interpolate(source, **arguments, mode="bilinear")
        assert_close(rules.upsample_bilinear2d_vec(source, size, False, factors), expected)
        expected = functional.interpolate(source, **arguments, mode="nearest")
        assert_close(rules.upsample_nearest2d_vec(source, size, factors), expected)


@pytest.mark.parametrize(("new", "factors"), [((6, 7), (1.5, 1.5)), ((9, 3), (None, None))])
def test_nearest_interpolation_by_fractions(new, factors):
    source = random(2, 3, 4, 5)
    for name in ("upsample_nearest2d", "_upsample_nearest_exact2d"):
        rule = getattr(rules, name.removeprefix("_"))
        operator = getattr(aten, name).default
        assert_close(rule(source, list(new), *factors), operator(source, list(new), *factors))
        arguments = [random(2, 3, *new), list(new), [2, 3, 4, 5], *factors]
        expected = getattr(aten, f"{name}_backward").default(*arguments)
        assert_close(getattr(rules, f"{name.removeprefix('_')}_backward")(*arguments), expected)


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(("new", "factors"), [((8, 10), (2.0, 2.0)), ((3, 7), (None, None))])
def test_bicubic_and_antialiased_interpolation(align_corners, new, factors):
    source = random(2, 3, 4, 5)
    for name in ("upsample_bicubic2d", "_upsample_bilinear2d_aa"):
        options = (list(new), align_corners, *factors)
        expected = getattr(aten, name).default(source, *options)
        assert_close(getattr(rules, name.removeprefix("_"))(source, *options), expected)
        arguments = [random(2, 3, *new), list(new), [2, 3, 4, 5], align_corners, *factors]
        expected = getattr(aten, f"{name}_backward").default(*arguments)
        assert_close(getattr(rules, f"{name.removeprefix('_')}_backward")(*arguments), expected)
