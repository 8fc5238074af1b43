"""Rendered pictures that have moved far and changed colour, with the truth between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from igan.data.rendering import (
    ShoeParameters,
    blend,
    render,
    sample_parameters,
    true_motion_and_colour,
)
from serve.transfer.flow import frames_to_colours
from serve.transfer.sampling import pull

MOTION_BINS_AT_64_PX = ((6.0, 8.0), (8.0, 10.0), (10.0, 12.0), (12.0, 16.0))
MOVING_QUANTILE = 0.9
LEAST_COMPARED_SHARE = 0.04
LEAST_COLOUR_CHANGE = 0.05


@dataclass(frozen=True, eq=False)
class RenderedPair:
    """A source and a target picture, and how the one becomes the other.

    Attributes:
        source_parameters, target_parameters: of the two shoes.
        source, target: uint8 (S, S, 3).
        flow_target_to_source: float32 (2, S, S), the truth in pixels.
        compared: bool (S, S), target pixels on a part of the shoe that the source shows too.
        motion_px: the true motion that one compared pixel in ten exceeds.
        bin: which of `MOTION_BINS_AT_64_PX`, in proportion to S, holds `motion_px`.
    """

    source_parameters: ShoeParameters
    target_parameters: ShoeParameters
    source: npt.NDArray[np.uint8]
    target: npt.NDArray[np.uint8]
    flow_target_to_source: npt.NDArray[np.float32]
    compared: npt.NDArray[np.bool_]
    motion_px: float
    bin: int

    @property
    def moved_source(self) -> npt.NDArray[np.float32]:
        """The source, moved as it truly moved but not recoloured: float32 (3, S, S) in [0, 1]."""
        source = frames_to_colours(self.source[None])
        return pull(source, self.flow_target_to_source[None])[0]

    def path(self, steps: int) -> npt.NDArray[np.uint8]:
        """Render the way from source to target: uint8 (steps + 1, S, S, 3)."""
        shares = np.linspace(0, 1, steps + 1)
        size = len(self.source)
        return np.stack(
            [
                render(blend(self.source_parameters, self.target_parameters, float(share)), size)
                for share in shares
            ]
        )


def draw_pairs(
    count: int, seed: int, size: int = 64, on_pair: Callable[[int], object] = lambda found: None
) -> list[RenderedPair]:
    """Draw pairs of the endless set of `seed` until each bin of motion holds a quarter of `count`.

    Pairs that barely move or barely change colour, and pairs with hardly a part in common, are
    passed over.

    Args:
        count: at least one pair a bin.
        seed: whose pictures 2 i and 2 i + 1 make pair i.
        size: side of the pictures.
        on_pair: called with the number of pairs found so far.

    Returns:
        The pairs, by bin; `count` rounded up to whole bins.
    """
    wanted = -(-count // len(MOTION_BINS_AT_64_PX))
    found: list[list[RenderedPair]] = [[] for _ in MOTION_BINS_AT_64_PX]
    index = 0
    while min(map(len, found)) < wanted:
        source, target = (sample_parameters(seed, 2 * index + i) for i in range(2))
        index += 1
        pair = _pair(source, target, size)
        if pair is not None and len(found[pair.bin]) < wanted:
            found[pair.bin].append(pair)
            on_pair(sum(map(len, found)))
    return [pair for one_bin in found for pair in one_bin]


def _pair(source: ShoeParameters, target: ShoeParameters, size: int) -> RenderedPair | None:
    flow, compared, _ = true_motion_and_colour(source, target, size)
    if compared.mean() < LEAST_COMPARED_SHARE:
        return None
    motion_px = float(np.quantile(np.hypot(*flow)[compared], MOVING_QUANTILE))
    number = _bin_of(motion_px * 64 / size, MOTION_BINS_AT_64_PX)
    if number is None:
        return None
    before, after = render(source, size), render(target, size)
    pair = RenderedPair(source, target, before, after, flow, compared, motion_px, number)
    change = np.abs(frames_to_colours(pair.target[None])[0] - pair.moved_source)[:, compared]
    return pair if change.mean() >= LEAST_COLOUR_CHANGE else None


def _bin_of(motion: float, bins: Sequence[tuple[float, float]]) -> int | None:
    for number, (low, high) in enumerate(bins):
        if low <= motion < high:
            return number
    return None
