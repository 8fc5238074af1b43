"""Operators in terms of simpler ones, so that what is left translates to ONNX one to one.

Only the input of a network has a gradient here, its weights are frozen. A rule has the signature of
the ATen operator that it stands for and computes the same, so that it can be tested in Torch
against the operator itself. There are two moments for a rule: when a network is captured, for what
must be gone before a gradient can be traced, and when its gradient is traced, for everything else.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch._decomp import core_aten_decompositions, get_decompositions

from igan.export.rules import (
    activation,
    attention,
    convolution,
    normalisation,
    padding,
    parts,
    pooling,
    reduction,
    resampling,
)

aten = torch.ops.aten
Rules = dict[Any, Callable[..., Any]]

# ONNX has these operators; Torch would take them apart into single pixels.
_TRANSLATED_WHOLE = (
    aten.reflection_pad2d.default,
    aten.replication_pad2d.default,
    aten.softplus.default,
)
# And these have rules for their gradients.
_CAPTURED_WHOLE = (
    *_TRANSLATED_WHOLE,
    aten._upsample_nearest_exact2d.default,
    aten.slice_backward.default,
)


def capture_rules() -> Rules:
    """The rules for capturing a network: Torch's own defaults with ours in their place.

    Torch's derivatives of what they replace fix the batch size, or have no general form.
    """
    table = torch.export.default_decompositions()
    for operator in _CAPTURED_WHOLE:
        table.pop(operator, None)
    table.update(
        {
            **get_decompositions([aten.native_layer_norm.default]),
            aten.native_group_norm.default: normalisation.native_group_norm,
            aten.instance_norm.default: normalisation.instance_norm,
            aten.upsample_bilinear2d.vec: resampling.upsample_bilinear2d_vec,
            aten.upsample_nearest2d.vec: resampling.upsample_nearest2d_vec,
            aten._upsample_nearest_exact2d.vec: resampling.upsample_nearest_exact2d_vec,
            aten.upsample_bicubic2d.vec: resampling.upsample_bicubic2d_vec,
            aten._upsample_bilinear2d_aa.vec: resampling.upsample_bilinear2d_aa_vec,
            aten.pad.default: padding.pad,
            aten.constant_pad_nd.default: padding.constant_pad_nd,
            aten.convolution.default: convolution.convolution,
            aten.glu.default: activation.glu,
            aten.rrelu_with_noise.default: activation.rrelu_with_noise,
            aten.rrelu_with_noise_functional.default: activation.rrelu_with_noise_functional,
            aten.softshrink.default: activation.softshrink,
            aten.scaled_dot_product_attention.default: attention.scaled_dot_product_attention,
            aten._safe_softmax.default: attention.safe_softmax,
            aten.max.dim: reduction.max_along,
            aten.min.dim: reduction.min_along,
            aten.var.correction: reduction.variance,
            aten.std.correction: reduction.standard_deviation,
            aten.var_mean.correction: reduction.variance_and_mean,
            aten.index.Tensor: parts.index,
            aten.repeat.default: parts.repeat,
            aten.roll.default: parts.roll,
        }
    )
    return table


def gradient_rules() -> Rules:
    """The rules for tracing a gradient: Torch's decompositions to core ATen, and ours."""
    table = core_aten_decompositions()
    for operator in _TRANSLATED_WHOLE:
        table.pop(operator, None)
    return {
        **table,
        aten.softplus_backward.default: activation.softplus_backward,
        aten.var_mean.correction: reduction.variance_and_mean,
        aten.split_with_sizes.default: parts.split_with_sizes,
        aten.slice_backward.default: parts.slice_backward,
        aten.select_backward.default: parts.select_backward,
        aten.index_add.default: parts.index_add,
        aten.convolution_backward.default: convolution.convolution_backward,
        aten.reflection_pad2d_backward.default: padding.reflection_pad2d_backward,
        aten.replication_pad2d_backward.default: padding.replication_pad2d_backward,
        aten.max_pool2d_with_indices_backward.default: pooling.max_pool2d_with_indices_backward,
        aten.avg_pool2d_backward.default: pooling.avg_pool2d_backward,
        aten._adaptive_avg_pool2d.default: pooling.adaptive_avg_pool2d,
        aten._adaptive_avg_pool2d_backward.default: pooling.adaptive_avg_pool2d_backward,
        aten.upsample_bilinear2d_backward.default: resampling.upsample_bilinear2d_backward,
        aten.upsample_nearest2d.default: resampling.upsample_nearest2d,
        aten.upsample_nearest2d_backward.default: resampling.upsample_nearest2d_backward,
        aten._upsample_nearest_exact2d.default: resampling.upsample_nearest_exact2d,
        aten._upsample_nearest_exact2d_backward.default: (
            resampling.upsample_nearest_exact2d_backward
        ),
        aten.upsample_bicubic2d.default: resampling.upsample_bicubic2d,
        aten.upsample_bicubic2d_backward.default: resampling.upsample_bicubic2d_backward,
        aten._upsample_bilinear2d_aa.default: resampling.upsample_bilinear2d_aa,
        aten._upsample_bilinear2d_aa_backward.default: resampling.upsample_bilinear2d_aa_backward,
    }
