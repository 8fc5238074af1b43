"""Every rule computes what the operator it stands for computes, in double precision."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from igan.errors import ExportError
from igan.export import rules

aten = torch.ops.aten


def random(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"),
    [(1, 2, 1, 1), (1, 0, 2, 1), (1, 1, 1, 2), (2, 2, 1, 1), (4, 2, 1, 1), (3, 0, 2, 2)],
)
@pytest.mark.parametrize("size", [13, 14])
def test_gradient_of_a_convolution(stride, padding, dilation, groups, size):
    source, weight = random(2, 4, size, size), random(6, 4 // groups, 5, 3)
    geometry = [[stride] * 2, [padding] * 2, [dilation] * 2, False, [0, 0], groups]
    grad_output = random(*aten.convolution(source, weight, None, *geometry).shape)
    arguments = [grad_output, source, weight, None, *geometry, [True, False, False]]
    expected = aten.convolution_backward(*arguments)[0]
    assert_close(rules.convolution_backward(*arguments)[0], expected)


@pytest.mark.parametrize(("stride", "output_padding"), [(1, 0), (2, 1), (3, 2)])
def test_gradient_of_a_transposed_convolution(stride, output_padding):
    source, weight = random(2, 4, 7, 6), random(4, 3, 5, 5)
    geometry = [[stride] * 2, [2, 2], [1, 1], True, [output_padding] * 2, 1]
    grad_output = random(*aten.convolution(source, weight, None, *geometry).shape)
    arguments = [grad_output, source, weight, None, *geometry, [True, False, False]]
    expected = aten.convolution_backward(*arguments)[0]
    assert_close(rules.convolution_backward(*arguments)[0], expected)


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


def test_average_pooling_with_overlap_is_refused_by_name():
    with pytest.raises(ExportError, match="avg_pool2d_backward"):
        rules.avg_pool2d_backward(
            random(1, 1, 2, 2), random(1, 1, 5, 5), [3], [2], [0], False, True, None
        )


@pytest.mark.parametrize("align_corners", [False, True])
@pytest.mark.parametrize(("new", "factors"), [((24, 20), (4.0, 4.0)), ((11, 3), (None, None))])
def test_gradient_of_bilinear_interpolation(align_corners, new, factors):
    arguments = [random(2, 3, *new), list(new), [2, 3, 6, 5], align_corners, *factors]
    expected = aten.upsample_bilinear2d_backward(*arguments)
    assert_close(rules.upsample_bilinear2d_backward(*arguments), expected)


def test_an_interpolation_matrix_keeps_constants():
    matrix = rules.interpolation_matrix(7, 28, False, 4.0, random(1))
    assert_close(matrix.sum(1), torch.ones(28, dtype=torch.float64))


def test_nearest_interpolation_and_its_gradient():
    source = random(2, 3, 4, 5)
    expected = functional.interpolate(source, size=(8, 15))
    assert_close(rules.upsample_nearest2d(source, [8, 15]), expected)
    arguments = [random(2, 3, 8, 15), [8, 15], [2, 3, 4, 5]]
    expected = aten.upsample_nearest2d_backward(*arguments)
    assert_close(rules.upsample_nearest2d_backward(*arguments), expected)


def test_nearest_interpolation_by_a_fraction_is_refused_by_name():
    with pytest.raises(ExportError, match="upsample_nearest2d"):
        rules.upsample_nearest2d(random(1, 1, 4, 4), [6, 6])


@pytest.mark.parametrize("keepdim", [False, True])
def test_variance_and_mean(keepdim):
    source = random(2, 3, 4, 5)
    expected = torch.var_mean(source, [1, 3], correction=0, keepdim=keepdim)
    found = rules.variance_and_mean(source, [1, 3], correction=0, keepdim=keepdim)
    assert_close(found, expected)


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


def test_parts_and_their_gradient():
    source = random(2, 7, 3)
    for part, expected in zip(
        rules.split_with_sizes(source, [2, 1, 4], 1), source.split([2, 1, 4], 1), strict=True
    ):
        assert_close(part, expected)
    arguments = [random(2, 3, 3), [2, 7, 3], 1, 2, -2, 1]
    assert_close(rules.slice_backward(*arguments), aten.slice_backward(*arguments))


def test_interpolation_with_its_size_worked_out():
    source = random(2, 3, 4, 5)
    for size, factors in (([6, 7], None), (None, [2.0, 3.0])):
        arguments = {"size": size, "scale_factor": factors}
        expected = functional.interpolate(source, **arguments, mode="bilinear")
        assert_close(rules.upsample_bilinear2d_vec(source, size, False, factors), expected)
        expected = functional.interpolate(source, **arguments, mode="nearest")
        assert_close(rules.upsample_nearest2d_vec(source, size, factors), expected)
