"""Attention as products and a softmax."""

import torch
from torch import Tensor

from igan.errors import ExportError

aten = torch.ops.aten


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    if is_causal or enable_gqa:
        raise ExportError(
            "aten.scaled_dot_product_attention can be exported neither causal nor with groups of "
            "queries."
        )
    scores = (query * (query.shape[-1] ** -0.5 if scale is None else scale)) @ key.mT
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        scores = torch.where(attn_mask, scores, torch.finfo(scores.dtype).min)
    elif attn_mask is not None:
        scores = scores + attn_mask
    return torch.softmax(scores, -1) @ value


def safe_softmax(source: Tensor, dim: int, dtype: torch.dtype | None = None) -> Tensor:
    """No row of a picture's attention is masked altogether, which is all that the safe one adds."""
    return torch.softmax(source, dim, dtype)
