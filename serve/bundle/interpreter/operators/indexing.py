"""Operators that pick and place values by index."""

import torch
from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.registry import Function, Node, Numbers, operator


@operator("Gather", known_inputs=(1,))
def gather(node: Node) -> Function:
    axis = node.integer("axis", 0)

    def run(source: Tensor, places: Tensor | Numbers) -> Tensor:
        if not isinstance(places, Tensor):
            return _pick_known(source, axis % source.ndim, places)
        length = source.shape[axis]
        picked = source.index_select(
            axis, torch.where(places < 0, places + length, places).flatten()
        )
        before, after = source.shape[: axis % source.ndim], source.shape[axis % source.ndim + 1 :]
        return picked.reshape(*before, *places.shape, *after)

    return run


def _pick_known(source: Tensor, axis: int, places: Numbers) -> Tensor:
    length = source.shape[axis]
    positive = [place + length if place < 0 else place for place in places.reshape(-1).tolist()]
    if places.ndim == 0:
        return source.select(axis, positive[0])
    if positive and positive == list(range(positive[0], positive[0] + len(positive))):
        picked = source.narrow(axis, positive[0], len(positive))
    else:
        picked = source.index_select(axis, torch.tensor(positive, device=source.device))
    if places.ndim == 1:
        return picked
    return picked.reshape(*source.shape[:axis], *places.shape, *source.shape[axis + 1 :])


@operator("GatherElements")
def gather_elements(node: Node) -> Function:
    axis = node.integer("axis", 0)

    def run(source: Tensor, places: Tensor) -> Tensor:
        return source.gather(axis, torch.where(places < 0, places + source.shape[axis], places))

    return run


@operator("GatherND")
def gather_slices(node: Node) -> Function:
    if node.integer("batch_dims", 0):
        raise node.refuse("has batch_dims, which is not supported")
    return lambda source, places: source[tuple(places.unbind(-1))]


@operator("ScatterElements")
def scatter_elements(node: Node) -> Function:
    axis = node.integer("axis", 0)
    reduction = node.text("reduction", "none", ("none", "add"))

    def run(target: Tensor, places: Tensor, source: Tensor) -> Tensor:
        places = torch.where(places < 0, places + target.shape[axis], places)
        if reduction == "add":
            return target.scatter_add(axis, places, source)
        return target.scatter(axis, places, source)

    return run


@operator("ScatterND")
def scatter_slices(node: Node) -> Function:
    accumulate = node.text("reduction", "none", ("none", "add")) == "add"

    def run(target: Tensor, places: Tensor, source: Tensor) -> Tensor:
        return target.index_put(tuple(places.unbind(-1)), source, accumulate=accumulate)

    return run


@operator("OneHot", shape_inputs=(1,))
def one_hot(node: Node) -> Function:
    axis = node.integer("axis", -1)

    def run(places: Tensor, depth: Numbers, values: Tensor) -> Tensor:
        count = int(depth.reshape(-1)[0])
        marks = functional.one_hot(places.long() % count, count).movedim(-1, axis)
        return torch.where(marks.bool(), values[1], values[0])

    return run
