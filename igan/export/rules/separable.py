"""Linear maps of images that act on rows and columns apart: two products with constant matrices.

Interpolation, average pooling and reflected or replicated borders are of this kind. What such an
operator does along one axis is read from the operator itself: its answer to every unit vector.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten
_asking_the_operator: ContextVar[bool] = ContextVar("asking the operator", default=False)


def apply_separably(source: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """`(N, C, H, W)` times `rows (H, H2)` and `columns (W, W2)`, to `(N, C, H2, W2)`."""
    batch, channels, height, width = source.shape
    new_height, new_width = rows.shape[1], columns.shape[1]
    wide = aten.mm.default(source.reshape(-1, width), columns)
    turned = wide.view(batch, channels, height, new_width).permute(0, 1, 3, 2)
    both = aten.mm.default(turned.reshape(-1, height), rows)
    return both.view(batch, channels, new_width, new_height).permute(0, 1, 3, 2).contiguous()


def unit_responses(operator: Callable[[Tensor], Tensor], size: int, like: Tensor) -> Tensor:
    """The matrix `(size, new_size)` of what `operator` does to the rows of an image.

    `operator` takes an image `(1, size, size, 2)`, of which channel j is one in row j and zero
    elsewhere, and must leave the two columns alone (of a single one, Torch's interpolation with
    antialiasing mistakes the memory layout). Rules that `steps_aside` do not see the question.
    """
    units = torch.eye(size, dtype=like.dtype, device=like.device).view(1, size, size, 1)
    token = _asking_the_operator.set(True)
    try:
        return operator(torch.cat([units, units], 3)).select(3, 0).reshape(size, -1)
    finally:
        _asking_the_operator.reset(token)


def steps_aside(rule: Callable[..., Any]) -> Callable[..., Any]:
    """A rule that leaves its operator as it is while `unit_responses` asks that very operator."""

    def guarded(*arguments: Any, **keywords: Any) -> Any:
        return NotImplemented if _asking_the_operator.get() else rule(*arguments, **keywords)

    return guarded
