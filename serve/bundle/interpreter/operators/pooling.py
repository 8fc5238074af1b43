"""Pooling over windows and over whole images."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.operators.convolution import AUTO_PADS, pad_ends, window_pads
from serve.bundle.interpreter.registry import Function, Node, operator

_MAX_POOL = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_AVERAGE_POOL: dict[int, Callable[..., Tensor]] = {
    1: functional.avg_pool1d,
    2: functional.avg_pool2d,
    3: functional.avg_pool3d,
}


@operator("MaxPool")
def max_pool(node: Node) -> Function:
    taps, strides, dilations = _windows(node)
    auto_pad = node.text("auto_pad", "NOTSET", AUTO_PADS)
    pads, up = node.integers("pads"), bool(node.integer("ceil_mode", 0))
    node.ignore("storage_order")
    if node.has_output(1):
        raise node.refuse("also gives the places of its results, which is not supported")

    def run(source: Tensor) -> Tensor:
        before, after = window_pads(auto_pad, pads, source.shape[2:], taps, strides, dilations)
        if before != after or any(2 * pad > tap for pad, tap in zip(before, taps, strict=True)):
            source = pad_ends(source, before, after, -torch.inf)
            before = [0] * len(taps)
        return _MAX_POOL[len(taps)](source, taps, strides, tuple(before), dilations, up)

    return run


@operator("AveragePool")
def average_pool(node: Node) -> Function:
    taps, strides, dilations = _windows(node)
    auto_pad = node.text("auto_pad", "NOTSET", AUTO_PADS)
    pads, up = node.integers("pads"), bool(node.integer("ceil_mode", 0))
    counts_pads = bool(node.integer("count_include_pad", 0))
    if any(dilation != 1 for dilation in dilations):
        raise node.refuse("averages windows with gaps (dilations), which is not supported")

    def run(source: Tensor) -> Tensor:
        pool = _AVERAGE_POOL[len(taps)]
        before, after = window_pads(auto_pad, pads, source.shape[2:], taps, strides, dilations)
        if before == after and all(2 * pad <= tap for pad, tap in zip(before, taps, strict=True)):
            return pool(source, taps, strides, tuple(before), up, counts_pads)
        padded = pool(pad_ends(source, before, after, 0.0), taps, strides, 0, up)
        if counts_pads:
            return padded
        inside = torch.ones_like(source[:1, :1])
        return padded / pool(pad_ends(inside, before, after, 0.0), taps, strides, 0, up)

    return run


def _windows(node: Node) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Taps, strides and dilations."""
    taps = node.integers("kernel_shape")
    if taps is None or not 1 <= len(taps) <= 3:
        raise node.refuse("does not say the shape of its window, or has more than three axes")
    ones = (1,) * len(taps)
    return taps, node.integers("strides") or ones, node.integers("dilations") or ones


@operator("GlobalAveragePool")
def global_average(node: Node) -> Function:
    return lambda source: source.mean(list(range(2, source.ndim)), keepdim=True)


@operator("GlobalMaxPool")
def global_maximum(node: Node) -> Function:
    return lambda source: source.amax(list(range(2, source.ndim)), keepdim=True)
