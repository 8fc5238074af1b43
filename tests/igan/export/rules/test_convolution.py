"""Gradients of convolutions, and convolutions with a kernel for each image."""

import pytest
import torch
from torch.testing import assert_close

from igan.export.rules import convolution as rules
from tests.igan.export.rules.random_values import random

aten = torch.ops.aten


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


@pytest.mark.parametrize(
    ("stride", "margin", "dilation"), [([1, 1], (1, 1), [1, 1]), ([2, 1], (0, 2), [1, 2])]
)
def test_a_kernel_for_each_image(stride, margin, dilation):
    images, kernels = random(3, 4, 8, 9), random(3, 5, 4, 3, 2)
    expected = torch.cat(
        [
            aten.convolution(
                image[None], kernel, None, stride, list(margin), dilation, False, [0, 0], 1
            )
            for image, kernel in zip(images, kernels, strict=True)
        ]
    )
    margins = [(pad, pad) for pad in margin]
    found = rules.product_for_each_image(images, kernels, margins, stride, dilation)
    assert_close(found, expected)
