"""Interpolation and its gradient, by whole factors and by fractions."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from igan.export.rules.pooling import repeat_pixels
from igan.export.rules.separable import apply_separably, steps_aside, unit_responses

aten = torch.ops.aten
Factors = Sequence[float] | None


def upsample_bilinear2d_vec(
    source: Tensor, output_size: Sequence[int] | None, align_corners: bool, scale_factors: Factors
) -> Tensor:
    """The same operator with the size worked out, as are all those whose names end so."""
    size = _output_size(source, output_size, scale_factors)
    return aten.upsample_bilinear2d.default(
        source, size, align_corners, *(scale_factors or (None, None))
    )


def upsample_bicubic2d_vec(
    source: Tensor, output_size: Sequence[int] | None, align_corners: bool, scale_factors: Factors
) -> Tensor:
    size = _output_size(source, output_size, scale_factors)
    return aten.upsample_bicubic2d.default(
        source, size, align_corners, *(scale_factors or (None, None))
    )


def upsample_bilinear2d_aa_vec(
    source: Tensor, output_size: Sequence[int] | None, align_corners: bool, scale_factors: Factors
) -> Tensor:
    size = _output_size(source, output_size, scale_factors)
    return aten._upsample_bilinear2d_aa.default(
        source, size, align_corners, *(scale_factors or (None, None))
    )


def upsample_nearest2d_vec(
    source: Tensor, output_size: Sequence[int] | None, scale_factors: Factors
) -> Tensor:
    size = _output_size(source, output_size, scale_factors)
    return aten.upsample_nearest2d.default(source, size, *(scale_factors or (None, None)))


def upsample_nearest_exact2d_vec(
    source: Tensor, output_size: Sequence[int] | None, scale_factors: Factors
) -> Tensor:
    size = _output_size(source, output_size, scale_factors)
    return aten._upsample_nearest_exact2d.default(source, size, *(scale_factors or (None, None)))


def upsample_bilinear2d_backward(
    grad_output: Tensor,
    output_size: Sequence[int],
    input_size: Sequence[int],
    align_corners: bool,
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> Tensor:
    rows, columns = _responses(
        aten.upsample_bilinear2d.default,
        grad_output,
        input_size[2:],
        output_size,
        (align_corners,),
        (scales_h, scales_w),
    )
    return apply_separably(grad_output, rows.t(), columns.t())


@steps_aside
def upsample_nearest2d(
    source: Tensor,
    output_size: Sequence[int],
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> Tensor:
    """Every pixel repeated for whole factors, else picked."""
    size = source.shape[2:]
    if _whole(size, output_size):
        return repeat_pixels(source, output_size[0] // size[0], output_size[1] // size[1])
    rows, columns = _responses(
        aten.upsample_nearest2d.default, source, size, output_size, (), (scales_h, scales_w)
    )
    return apply_separably(source, rows, columns)


def upsample_nearest2d_backward(
    grad_output: Tensor,
    output_size: Sequence[int],
    input_size: Sequence[int],
    scales_h: float | None = None,
    scales_w: float | None = None,
) -> Tensor:
    batch, channels, height, width = input_size
    if _whole((height, width), output_size):
        down, across = output_size[0] // height, output_size[1] // width
        return grad_output.view(batch, channels, height, down, width, across).sum((3, 5))
    rows, columns = _responses(
        aten.upsample_nearest2d.default,
        grad_output,
        (height, width),
        output_size,
        (),
        (scales_h, scales_w),
    )
    return apply_separably(grad_output, rows.t(), columns.t())


def _by_matrices(operator: Any) -> tuple[Callable[..., Tensor], Callable[..., Tensor]]:
    """Rules for an interpolation and for its gradient.

    Between the sizes and the factors, the operators take `align_corners` or nothing.
    """

    @steps_aside
    def forward(source: Tensor, output_size: Sequence[int], *options: Any) -> Tensor:
        settings, factors = _settings_and_factors(options)
        size = source.shape[2:]
        rows, columns = _responses(operator, source, size, output_size, settings, factors)
        return apply_separably(source, rows, columns)

    def backward(
        grad_output: Tensor, output_size: Sequence[int], input_size: Sequence[int], *options: Any
    ) -> Tensor:
        settings, factors = _settings_and_factors(options)
        rows, columns = _responses(
            operator, grad_output, input_size[2:], output_size, settings, factors
        )
        return apply_separably(grad_output, rows.t(), columns.t())

    return forward, backward


upsample_nearest_exact2d, upsample_nearest_exact2d_backward = _by_matrices(
    aten._upsample_nearest_exact2d.default
)
upsample_bicubic2d, upsample_bicubic2d_backward = _by_matrices(aten.upsample_bicubic2d.default)
upsample_bilinear2d_aa, upsample_bilinear2d_aa_backward = _by_matrices(
    aten._upsample_bilinear2d_aa.default
)


def _settings_and_factors(
    options: Sequence[Any],
) -> tuple[tuple[bool, ...], tuple[float | None, float | None]]:
    settings = tuple(option for option in options if isinstance(option, bool))
    factors = (*options[len(settings) :], None, None)
    return settings, (factors[0], factors[1])


def _responses(
    operator: Any,
    like: Tensor,
    size: Sequence[int],
    new_size: Sequence[int],
    settings: tuple[bool, ...],
    factors: tuple[float | None, float | None],
) -> tuple[Tensor, Tensor]:
    """Matrices `(size, new_size)` of rows and columns."""

    def responses(axis: int) -> Tensor:
        factor = factors[axis]
        scales = (factor, 1.0) if factor else (None, None)

        def resample(units: Tensor) -> Tensor:
            return operator(units, [new_size[axis], 2], *settings, *scales)

        return unit_responses(resample, size[axis], like)

    return responses(0), responses(1)


def _output_size(source: Tensor, size: Sequence[int] | None, factors: Factors) -> Sequence[int]:
    if size is not None:
        return size
    assert factors is not None
    return [int(old * factor) for old, factor in zip(source.shape[2:], factors, strict=True)]


def _whole(size: Sequence[int], new_size: Sequence[int]) -> bool:
    return all(new % old == 0 for old, new in zip(size, new_size, strict=True))
