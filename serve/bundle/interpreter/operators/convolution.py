"""Convolutions, over one, two or three axes."""

from collections.abc import Callable, Sequence

from torch import Tensor
from torch.nn import functional

from serve.bundle.interpreter.registry import Function, Node, operator

AUTO_PADS = ("NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER")


def window_pads(
    auto_pad: str,
    pads: Sequence[int] | None,
    sizes: Sequence[int],
    taps: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> tuple[list[int], list[int]]:
    """Padding before and after each axis of `sizes`, for windows of `taps`."""
    rank = len(sizes)
    if auto_pad == "NOTSET":
        given = list(pads or [0] * 2 * rank)
        return given[:rank], given[rank:]
    before, after = [0] * rank, [0] * rank
    if auto_pad != "VALID":
        for axis, (size, tap, stride, dilation) in enumerate(
            zip(sizes, taps, strides, dilations, strict=True)
        ):
            total = max(0, (-(-size // stride) - 1) * stride + dilation * (tap - 1) + 1 - size)
            less, more = total // 2, total - total // 2
            before[axis], after[axis] = (less, more) if auto_pad == "SAME_UPPER" else (more, less)
    return before, after


def pad_ends(source: Tensor, before: Sequence[int], after: Sequence[int], value: float) -> Tensor:
    """The last axes of `source` lengthened by a constant; a negative length crops."""
    ends = [end for pair in zip(reversed(before), reversed(after), strict=True) for end in pair]
    return functional.pad(source, ends, value=value) if any(ends) else source


_CONVOLUTIONS: dict[int, Callable[..., Tensor]] = {
    1: functional.conv1d,
    2: functional.conv2d,
    3: functional.conv3d,
}
_TRANSPOSED_CONVOLUTIONS: dict[int, Callable[..., Tensor]] = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}


@operator("Conv", batch_input=3)
def convolution(node: Node) -> Function:
    auto_pad = node.text("auto_pad", "NOTSET", AUTO_PADS)
    strides, pads = node.integers("strides"), node.integers("pads")
    dilations, groups = node.integers("dilations"), node.integer("group", 1)
    own_weights = node.frees_batch and 1 not in node.constant_inputs
    _check_axes(node)

    def run(
        source: Tensor, weight: Tensor, bias: Tensor | None = None, latents: int | None = None
    ) -> Tensor:
        convolve: Callable[..., Tensor] = _convolve
        if own_weights and latents is not None:
            source, convolve = source.expand(latents, *source.shape[1:]), _with_own_weights
        taps = weight.shape[2:]
        steps, spread = strides or (1,) * len(taps), dilations or (1,) * len(taps)
        before, after = window_pads(auto_pad, pads, source.shape[2:], taps, steps, spread)
        if before != after:
            source, before = pad_ends(source, before, after, 0.0), [0] * len(taps)
        return convolve(
            source, weight, bias, steps, before, spread, False, (0,) * len(taps), groups
        )

    return run


def _check_axes(node: Node) -> None:
    taps = node.integers("kernel_shape")
    if taps is not None and len(taps) not in _CONVOLUTIONS:
        raise node.refuse(f"convolves over {len(taps)} axes, but one to three are supported")


def _convolve(
    source: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    steps: Sequence[int],
    pads: Sequence[int],
    spread: Sequence[int],
    transposed: bool,
    extra: Sequence[int],
    groups: int,
) -> Tensor:
    """By the functions that autocast knows, which `torch.convolution` is not among."""
    rank = weight.ndim - 2
    if transposed:
        return _TRANSPOSED_CONVOLUTIONS[rank](
            source, weight, bias, steps, pads, extra, groups, spread
        )
    return _CONVOLUTIONS[rank](source, weight, bias, steps, pads, spread, groups)


def _with_own_weights(
    source: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    steps: Sequence[int],
    pads: Sequence[int],
    spread: Sequence[int],
    transposed: bool,
    extra: Sequence[int],
    groups: int,
) -> Tensor:
    """Every latent's image by weights of its own, `(N * first, ...)`: a group for each."""
    batch = source.shape[0]
    joined = source.reshape(1, batch * source.shape[1], *source.shape[2:])
    result = _convolve(joined, weight, None, steps, pads, spread, transposed, extra, batch * groups)
    result = result.reshape(batch, result.shape[1] // batch, *result.shape[2:])
    return result if bias is None else result + bias.reshape(1, -1, *[1] * len(steps))


@operator("ConvTranspose", batch_input=3)
def transposed_convolution(node: Node) -> Function:
    auto_pad = node.text("auto_pad", "NOTSET", AUTO_PADS)
    strides, pads = node.integers("strides"), node.integers("pads")
    dilations, groups = node.integers("dilations"), node.integer("group", 1)
    output_padding, output_shape = node.integers("output_padding"), node.integers("output_shape")
    own_weights = node.frees_batch and 1 not in node.constant_inputs
    _check_axes(node)

    def run(
        source: Tensor, weight: Tensor, bias: Tensor | None = None, latents: int | None = None
    ) -> Tensor:
        convolve: Callable[..., Tensor] = _convolve
        if own_weights and latents is not None:
            source, convolve = source.expand(latents, *source.shape[1:]), _with_own_weights
        taps = weight.shape[2:]
        steps, spread = strides or (1,) * len(taps), dilations or (1,) * len(taps)
        extra = output_padding or (0,) * len(taps)
        if output_shape is None and auto_pad in ("NOTSET", "VALID"):
            before, after = _halves(pads or (0,) * 2 * len(taps))
        else:
            wanted = output_shape or [
                size * step for size, step in zip(source.shape[2:], steps, strict=True)
            ]
            whole = [
                step * (size - 1) + more + (tap - 1) * dilation + 1
                for step, size, more, tap, dilation in zip(
                    steps, source.shape[2:], extra, taps, spread, strict=True
                )
            ]
            before, after = _cropping(auto_pad, whole, wanted[-len(taps) :])
        # Torch crops both ends alike; what is cut less behind is its output padding.
        trailing = [
            more + first - last for more, first, last in zip(extra, before, after, strict=True)
        ]
        missing = [max(0, length) for length in trailing]
        result = convolve(source, weight, bias, steps, before, spread, True, missing, groups)
        return pad_ends(result, [0] * len(taps), [min(0, n) for n in trailing], 0.0)

    return run


def _halves(pads: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    return pads[: len(pads) // 2], pads[len(pads) // 2 :]


def _cropping(
    auto_pad: str, whole: Sequence[int], wanted: Sequence[int]
) -> tuple[Sequence[int], Sequence[int]]:
    """What is cut from either end of the `whole` lengths to leave those that are wanted."""
    totals = [max(0, length - target) for length, target in zip(whole, wanted, strict=True)]
    less, more = [total // 2 for total in totals], [total - total // 2 for total in totals]
    return (less, more) if auto_pad == "SAME_UPPER" else (more, less)
