"""Transposed convolutions of step two or more with few multiplications."""

from torch import Tensor, nn

from serve.bundle.quick.winograd import FEWEST_CHANNELS, WinogradConvolution


class UpsamplingConvolution(nn.Module):
    """`functional.conv_transpose2d` from (N, C, H, W) to (N, out channels, step * H, step * W).

    The step * step outputs that share a pixel as their corner are outputs of one small convolution
    of the pixels around it (3 x 3 for a 5 x 5 or 4 x 4 kernel of step 2), which goes by
    `WinogradConvolution`. To float32's rounding; the gradient is of the images alone.

    Args:
        weight: (in channels, out channels, taps, taps), one that `fits`.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, step: int, padding: int) -> None:
        super().__init__()
        self.out_channels = weight.shape[1]
        self.step = step
        small, reach = _small_kernels(weight, step, padding)
        repeated = None if bias is None else bias.repeat(step * step)
        self.convolution = WinogradConvolution(small, repeated, reach)

    @staticmethod
    def fits(weight: Tensor, step: int, padding: int, output_padding: int) -> bool:
        """Whether the output is `step` times as large, and the quick way is one and pays."""
        taps = weight.shape[2]
        if step == 1 or taps + output_padding - 2 * padding != step:
            return False
        if _reach(taps, step, padding) is None or weight.shape[1] < FEWEST_CHANNELS:
            return False
        small, reach = _small_kernels(weight, step, padding)
        return WinogradConvolution.fits(small, 1, reach)

    def forward(self, images: Tensor) -> Tensor:
        together = self.convolution(images).permute(0, 2, 3, 1)
        count, high, wide, _ = together.shape
        step = self.step
        parts = together.reshape(count, high, wide, step, step, self.out_channels)
        spread = parts.permute(0, 1, 3, 2, 4, 5).reshape(count, step * high, step * wide, -1)
        return spread.permute(0, 3, 1, 2)


def _small_kernels(weight: Tensor, step: int, padding: int) -> tuple[Tensor, int]:
    """The convolution (step * step * out channels, in channels, n, n) of the pixels around."""
    in_channels, out_channels, taps, _ = weight.shape
    reach = _reach(taps, step, padding) or 0
    window = 2 * reach + 1
    small = weight.new_zeros(step, step, out_channels, in_channels, window, window)
    for (down, row), tap_row in _taps(taps, step, padding, reach):
        for (across, column), tap_column in _taps(taps, step, padding, reach):
            small[down, across, :, :, row, column] = weight[:, :, tap_row, tap_column].T
    return small.flatten(0, 2), reach


def _reach(taps: int, step: int, padding: int) -> int | None:
    """How many pixels to each side an output sees; None where the sides differ."""
    before = -min(-((taps - 1 - padding - place) // step) for place in range(step))
    after = max((place + padding) // step for place in range(step))
    return after if before == after else None


def _taps(taps: int, step: int, padding: int, reach: int) -> list[tuple[tuple[int, int], int]]:
    """((output within its group, pixel of the window), tap) of every tap, along one axis."""
    return [
        ((place, pixel + reach), place + padding - step * pixel)
        for place in range(step)
        for pixel in range(-reach, reach + 1)
        if 0 <= place + padding - step * pixel < taps
    ]
