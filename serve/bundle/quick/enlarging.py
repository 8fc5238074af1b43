"""The convolution of an enlarged image, as a small convolution of the image itself.

Enlarging is linear, and so is what follows up to the first convolution. Where that convolution's
step is a multiple of the enlargement, both together are a convolution of the original pixels whose
kernel spans a handful of them: AlexNet's 11 x 11 kernel of step 4 on an image enlarged four times
is one of 4 x 4 and step 1, apart from the outermost outputs, which see the padding's zeros.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Axis:
    """How the taps of each output fall on pixels, along one axis.

    Attributes:
        lead, trail: edge pixels repeated before and after the image.
        step: pixels from one output to the next.
        runs: (first output, one past the last, taps (T, span), valid taps (T,)): the outputs of a
            run weigh `span` pixels by `w @ taps`; a tap that is not valid falls on padding.
    """

    lead: int
    trail: int
    step: int
    runs: tuple[tuple[int, int, Matrix, Matrix], ...]


@dataclass(frozen=True)
class _Border:
    """What the outputs of one part of the border have beyond those of the middle."""

    place: tuple[slice, slice, slice]
    kernel: Tensor
    constant: Tensor


class EnlargingConvolution(nn.Module):
    """Enlarge images bilinearly (corners not aligned), scale and shift their channels, convolve.

    (N, C, S, S) -> (N, out channels, h, w), with channels last; the gradient is of the images.
    It lives on the CPU.

    Args:
        weight: (out channels, C, taps, taps), of the convolution of the enlarged image.
        scale, shift: (C,), what the enlarged image is multiplied by, and then lengthened by.
        factor: how many times the image is enlarged.
        step: of the convolution, a multiple of `factor`.
        padding: of the convolution, zeros after scaling and shifting.
        size: S.
        is_grey: whether images have one channel, which stands for all C.
    """

    def __init__(
        self,
        weight: Tensor,
        bias: Tensor | None,
        scale: Tensor,
        shift: Tensor,
        *,
        factor: int,
        step: int,
        padding: int,
        size: int,
        is_grey: bool = False,
    ) -> None:
        super().__init__()
        axis = _axis(weight.shape[2], factor, step, padding, size)
        self.lead, self.trail, self.step = axis.lead, axis.trail, axis.step
        self.size = size
        self.outputs = axis.runs[-1][1]
        wide = weight.double().cpu().numpy()
        scaled = wide * scale.double().cpu().numpy()[:, None, None]
        if is_grey:
            scaled = scaled.sum(1, keepdims=True)
        lifted = wide * shift.double().cpu().numpy()[:, None, None]
        offset = 0.0 if bias is None else bias.double().cpu().numpy()
        kernels = {}
        for down, (_, _, rows, rows_valid) in enumerate(axis.runs):
            for across, (_, _, columns, columns_valid) in enumerate(axis.runs):
                kernel = np.einsum("octs,tj,sk->cjko", scaled, rows, columns)
                constant = np.einsum("octs,t,s->o", lifted, rows_valid, columns_valid) + offset
                kernels[down, across] = kernel.reshape(-1, len(wide)), constant
        widest = max(range(len(axis.runs)), key=lambda run: axis.runs[run][1] - axis.runs[run][0])
        self.span = axis.runs[0][2].shape[1]
        middle, constant = kernels[widest, widest]
        self.register_buffer("kernel", _single(middle), persistent=False)
        self.register_buffer("constant", _single(constant), persistent=False)
        self.borders = [
            _Border(
                place=(slice(None), slice(*axis.runs[down][:2]), slice(*axis.runs[across][:2])),
                kernel=_single(own - middle),
                constant=_single(own_constant - constant),
            )
            for (down, across), (own, own_constant) in kernels.items()
            if (down, across) != (widest, widest)
        ]

    kernel: Tensor
    constant: Tensor

    @staticmethod
    def fits(taps: int, factor: int, step: int, padding: int, size: int) -> bool:
        """Whether each output sees the pixels that the one before it saw, moved by a whole step."""
        if step % factor or factor * size + 2 * padding < taps:
            return False
        axis = _axis(taps, factor, step, padding, size)
        whole = axis.lead + size + axis.trail - axis.runs[0][2].shape[1]
        return whole // axis.step + 1 == axis.runs[-1][1]

    def forward(self, images: Tensor) -> Tensor:
        return _Convolve.apply(images, self)

    def windows(self, images: Tensor) -> Tensor:
        """What each output sees: (N, outputs, outputs, C * span * span)."""
        padded = functional.pad(images, (self.lead, self.trail) * 2, mode="replicate")
        unfolded = functional.unfold(padded.contiguous(), self.span, stride=self.step)
        return unfolded.mT.view(len(images), self.outputs, self.outputs, -1)

    def images(self, windows: Tensor) -> Tensor:
        """The transpose of `windows`: what they add up to on the images, (N, C, S, S)."""
        whole = self.size + self.lead + self.trail
        padded = functional.fold(
            windows.flatten(1, 2).mT, (whole, whole), self.span, stride=self.step
        )
        return _gathered(_gathered(padded, 2, self.lead, self.size), 3, self.lead, self.size)


class _Convolve(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, convolution: EnlargingConvolution) -> Tensor:
        ctx.convolution = convolution
        windows = convolution.windows(images)
        results = windows @ convolution.kernel
        results += convolution.constant
        for border in convolution.borders:
            results[border.place] += windows[border.place] @ border.kernel + border.constant
        return results.permute(0, 3, 1, 2)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        convolution = ctx.convolution
        gradient = gradient.permute(0, 2, 3, 1).contiguous()
        windows = gradient @ convolution.kernel.mT
        for border in convolution.borders:
            windows[border.place] += gradient[border.place] @ border.kernel.mT
        return convolution.images(windows), None


def _axis(taps: int, factor: int, step: int, padding: int, size: int) -> _Axis:
    outputs = (factor * size + 2 * padding - taps) // step + 1
    enlarged = step * np.arange(outputs)[:, None] - padding + np.arange(taps)
    valid = (enlarged >= 0) & (enlarged < factor * size)
    position = (enlarged + 0.5) / factor - 0.5
    below = np.floor(position).astype(int)
    first = below[:, 0]
    span = int((below[:, -1] - first).max()) + 2
    weights = np.zeros((outputs, taps, span))
    output, tap = np.indices(below.shape)
    np.add.at(weights, (output, tap, below - first[:, None]), (1 - position + below) * valid)
    np.add.at(weights, (output, tap, below - first[:, None] + 1), (position - below) * valid)
    starts = [0, *(np.flatnonzero((valid[1:] != valid[:-1]).any(1)) + 1), outputs]
    return _Axis(
        lead=max(0, -int(first[0])),
        trail=max(0, int(first[-1]) + span - size),
        step=step // factor,
        runs=tuple(
            (int(start), int(stop), weights[start], valid[start].astype(float))
            for start, stop in itertools.pairwise(starts)
        ),
    )


def _gathered(padded: Tensor, axis: int, lead: int, size: int) -> Tensor:
    """The transpose of repeating edges along an axis: the repeated pixels added to the edge."""
    inner = padded.narrow(axis, lead, size).clone()
    inner.select(axis, 0).add_(padded.narrow(axis, 0, lead).sum(axis))
    trail = padded.shape[axis] - lead - size
    inner.select(axis, size - 1).add_(padded.narrow(axis, lead + size, trail).sum(axis))
    return inner


def _single(values: Matrix) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
