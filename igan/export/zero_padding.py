"""Zeros around a tensor, as an operator of its own.

Torch's `constant_pad_nd` cannot be traced with a free batch size.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional


@torch.library.custom_op("igan::zero_pad", mutates_args=())
def zero_pad(source: Tensor, before: Sequence[int], after: Sequence[int]) -> Tensor:
    """`before[k]` and `after[k]` zeros at the two ends of axis k; none on the batch."""
    ends = zip(reversed(before), reversed(after), strict=True)
    return functional.pad(source, [width for end in ends for width in end])


@zero_pad.register_fake
def _(source: Tensor, before: Sequence[int], after: Sequence[int]) -> Tensor:
    return source.new_empty(
        [
            length + first + last if first or last else length
            for length, first, last in zip(source.shape, before, after, strict=True)
        ]
    )
