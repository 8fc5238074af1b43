"""Operators that move values and compute none."""

import math

import torch
from torch import Tensor

from serve.bundle.interpreter.registry import Function, Node, Numbers, numbers_of, operator


@operator("Shape")
def shape(node: Node) -> Function:
    start, end = node.integer("start", 0), node.integer("end", 2**31)

    def run(source: Tensor) -> Numbers:
        return numbers_of(list(source.shape)[start:end])

    return run


@operator("Size")
def size(node: Node) -> Function:
    return lambda source: numbers_of([math.prod(source.shape)]).reshape(())


@operator("Reshape", shape_inputs=(1,))
def reshape(node: Node) -> Function:
    keeps_zero = node.integer("allowzero", 0)

    def run(source: Tensor, shape: Numbers) -> Tensor:
        lengths = shape.tolist()
        if node.frees_batch:
            lengths = _for_every_latent(source, lengths)
        if not keeps_zero:
            lengths = [
                source.shape[axis] if length == 0 else length for axis, length in enumerate(lengths)
            ]
        return source.reshape(with_batch_in_front(source, lengths))

    return run


def _for_every_latent(source: Tensor, lengths: list[int]) -> list[int]:
    """The shape of a batch, from lengths that may have been written for one latent."""
    if not lengths or lengths[0] < 1 or 0 in lengths:
        return lengths
    if -1 in lengths:
        return [source.shape[0], *lengths[1:]] if lengths[0] == 1 else lengths
    latents = math.prod(source.shape) // math.prod(lengths)
    return [lengths[0] * latents, *lengths[1:]]


def with_batch_in_front(source: Tensor, lengths: list[int]) -> list[int]:
    """`lengths` with -1 in front said outright, where it is the batch size.

    A tracer then sees the batch size itself and not a quotient that equals it.
    """
    if not lengths or source.ndim == 0 or lengths[0] != -1 or -1 in lengths[1:]:
        return lengths
    is_batch = math.prod(lengths[1:]) == math.prod(source.shape[1:])
    return [source.shape[0], *lengths[1:]] if is_batch else lengths


@operator("Flatten")
def flatten(node: Node) -> Function:
    axis = node.integer("axis", 1)

    def run(source: Tensor) -> Tensor:
        first = axis % source.ndim if axis < 0 else axis
        if first == 1:
            return source.reshape(source.shape[0], math.prod(source.shape[1:]))
        return source.reshape(math.prod(source.shape[:first]), math.prod(source.shape[first:]))

    return run


@operator("Transpose")
def transpose(node: Node) -> Function:
    order = node.integers("perm")

    def run(source: Tensor) -> Tensor:
        return source.permute(order or tuple(reversed(range(source.ndim))))

    return run


@operator("Squeeze", shape_inputs=(1,))
def squeeze(node: Node) -> Function:
    fixed = node.integers("axes")

    def run(source: Tensor, axes: Numbers | None = None) -> Tensor:
        chosen = fixed if axes is None else axes.tolist()
        if chosen is None:
            raise node.refuse("does not say which axes it removes, which fixes the batch size")
        return source.squeeze(tuple(chosen))

    return run


@operator("Unsqueeze", shape_inputs=(1,))
def unsqueeze(node: Node) -> Function:
    fixed = node.integers("axes")

    def run(source: Tensor, axes: Numbers | None = None) -> Tensor:
        chosen = list(fixed or ()) if axes is None else axes.tolist()
        rank = source.ndim + len(chosen)
        for axis in sorted(axis % rank for axis in chosen):
            source = source.unsqueeze(axis)
        return source

    return run


@operator("Concat")
def concatenate(node: Node) -> Function:
    axis = node.integer("axis", 0)
    return lambda *parts: torch.cat(parts, axis)


@operator("Split", shape_inputs=(1,))
def split(node: Node) -> Function:
    axis, fixed = node.integer("axis", 0), node.integers("split")
    count = node.integer("num_outputs", node.output_count)

    def run(source: Tensor, lengths: Numbers | None = None) -> tuple[Tensor, ...]:
        chosen = fixed if lengths is None else lengths.tolist()
        if chosen is None:
            return source.split(-(-source.shape[axis] // count), axis)
        return source.split(list(chosen), axis)

    return run


@operator("Slice", shape_inputs=(1, 2, 3, 4))
def cut(node: Node) -> Function:
    def run(
        source: Tensor,
        starts: Numbers,
        ends: Numbers,
        axes: Numbers | None = None,
        steps: Numbers | None = None,
    ) -> Tensor:
        places = list(range(len(starts))) if axes is None else axes.tolist()
        strides = [1] * len(starts) if steps is None else steps.tolist()
        for axis, start, end, step in zip(
            places, starts.tolist(), ends.tolist(), strides, strict=True
        ):
            source = cut_axis(source, axis % source.ndim, start, end, step)
        return source

    return run


def cut_axis(source: Tensor, axis: int, start: int, end: int, step: int) -> Tensor:
    """`source[start:end:step]` along an axis, with Python's meaning of negative numbers."""
    if step > 0:
        index = [slice(None)] * axis + [slice(start, min(end, 2**62), step)]
        return source[tuple(index)]
    first, last, _ = slice(start, max(end, -(2**62)), step).indices(source.shape[axis])
    kept = len(range(first, last, step))
    if kept == 0:
        return source.narrow(axis, 0, 0)
    lowest = first + (kept - 1) * step
    index = [slice(None)] * axis + [slice(lowest, first + 1, -step)]
    return source[tuple(index)].flip(axis)


@operator("Expand", shape_inputs=(1,))
def expand(node: Node) -> Function:
    def run(source: Tensor, shape: Numbers) -> Tensor:
        wanted = shape.tolist()
        own = [1] * (len(wanted) - source.ndim) + list(source.shape)
        wanted = [1] * (len(own) - len(wanted)) + wanted
        lengths = [old if new == 1 else new for new, old in zip(wanted, own, strict=True)]
        return source.expand(lengths)

    return run


@operator("Tile", shape_inputs=(1,))
def tile(node: Node) -> Function:
    return lambda source, repeats: source.repeat(repeats.tolist())


@operator("ConstantOfShape", shape_inputs=(0,))
def filled(node: Node) -> Function:
    stored = node.tensor("value")
    value = torch.zeros(1) if stored is None else stored
    filling, dtype = value.flatten()[0].item(), value.dtype
    return lambda shape: torch.full(shape.tolist(), filling, dtype=dtype)


_PLAIN_VALUES = ("value_float", "value_int", "value_floats", "value_ints")


@operator("Constant")
def constant(node: Node) -> Function:
    stored = node.tensor("value")
    attributes = node.graph_node.attributes
    node.ignore(*_PLAIN_VALUES)
    if stored is None:
        name = next((name for name in _PLAIN_VALUES if name in attributes), None)
        if name is None:
            raise node.refuse("holds no numbers")
        dtype = torch.float32 if "float" in name else torch.int64
        stored = torch.tensor(attributes[name], dtype=dtype)
    return lambda: stored


@operator("Range", shape_inputs=(0, 1, 2))
def count_up(node: Node) -> Function:
    return lambda start, limit, step: torch.arange(start.item(), limit.item(), step.item())


@operator("DepthToSpace")
def depth_to_space(node: Node) -> Function:
    factor = node.integer("blocksize", 1)
    mode = node.text("mode", "DCR", ("DCR", "CRD"))

    def run(source: Tensor) -> Tensor:
        if mode == "CRD":
            return torch.pixel_shuffle(source, factor)
        batch, channels, height, width = source.shape
        kept = channels // factor**2
        blocks = source.reshape(batch, factor, factor, kept, height, width)
        turned = blocks.permute(0, 3, 4, 1, 5, 2)
        return turned.reshape(batch, kept, height * factor, width * factor)

    return run


@operator("SpaceToDepth")
def space_to_depth(node: Node) -> Function:
    factor = node.integer("blocksize", 1)

    def run(source: Tensor) -> Tensor:
        batch, channels, height, width = source.shape
        rows, columns = height // factor, width // factor
        blocks = source.reshape(batch, channels, rows, factor, columns, factor)
        turned = blocks.permute(0, 3, 5, 1, 2, 4)
        return turned.reshape(batch, channels * factor**2, rows, columns)

    return run
