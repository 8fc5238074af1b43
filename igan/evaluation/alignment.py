"""How well methods align two pictures whose true motion and change of colour are known."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from igan.evaluation.alignment_methods import DIRECT_DIS, AlignmentMethod
from igan.evaluation.bootstrap import bootstrap_interval
from igan.evaluation.rendered_pairs import MOTION_BINS_AT_64_PX, RenderedPair
from serve.transfer.colour import apply_colour_map, identity_colour_map
from serve.transfer.composition import anchor_colours
from serve.transfer.flow import MotionColourFlow, frames_to_colours
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]
FIGURES = ("end_point_error_px", "colour_error", "warping_error", "seconds")
FAR_OFF_PX = 2.0


@dataclass(frozen=True, eq=False)
class AlignmentResult:
    """What one method made of N pairs.

    Attributes:
        method: the method.
        motion: float32 (N, 2, S, S), flow_target_to_source.
        predicted: float32 (N, 3, S, S) in about [0, 1], the sources moved and recoloured.
        end_point_error_px: (N,), mean distance between found and true motion over the pixels
            compared.
        colour_error: (N,), mean absolute error, over these pixels and the channels, of the found
            colour map applied to the true source colours.
        warping_error: (N,), mean absolute difference there between `predicted` and the target.
        seconds: (N,), wall time of finding the motion.
    """

    method: AlignmentMethod
    motion: FloatArray
    predicted: FloatArray
    end_point_error_px: npt.NDArray[np.float64]
    colour_error: npt.NDArray[np.float64]
    warping_error: npt.NDArray[np.float64]
    seconds: npt.NDArray[np.float64]


@dataclass(frozen=True)
class AlignmentRow:
    """The means of one method over the pairs of one bin of motion.

    Attributes:
        method: its name.
        bin: the bin as text, or "all", or "DIS far off".
        pairs: how many.
        end_point_error_px, colour_error, warping_error, seconds: means over the pairs.
        interval: holds the mean end-point error with 95 % confidence (bootstrap).
    """

    method: str
    bin: str
    pairs: int
    end_point_error_px: float
    interval: tuple[float, float]
    colour_error: float
    warping_error: float
    seconds: float


def align(
    pairs: Sequence[RenderedPair],
    paths: Sequence[npt.NDArray[np.uint8]],
    methods: Sequence[AlignmentMethod],
    on_pair: Callable[[AlignmentMethod], object] = lambda method: None,
) -> list[AlignmentResult]:
    """Let every method align every pair, all methods on a pair before the next pair.

    Methods along the path get its frames; the others get the two pictures themselves. The colour
    map is fitted to every method's motion by the same regression, between the pictures that the
    method saw.

    Args:
        pairs: with the truth.
        paths: for each pair frames between its pictures, uint8 (T, S, S, 3).
        methods: what to compare.
        on_pair: called whenever a method has done a pair.
    """
    found: list[list[tuple[FloatArray, FloatArray, list[float]]]] = [[] for _ in methods]
    for pair, path in zip(pairs, paths, strict=True):
        for rows, method in zip(found, methods, strict=True):
            frames = np.stack([pair.source, pair.target]) if method.is_end_to_end else path
            rows.append(_align(pair, frames, method))
            on_pair(method)
    results = []
    for method, rows in zip(methods, found, strict=True):
        motion, predicted, figures = zip(*rows, strict=True)
        columns = np.array(figures, dtype=np.float64).T
        results.append(AlignmentResult(method, np.stack(motion), np.stack(predicted), *columns))
    return results


def summarise(
    pairs: Sequence[RenderedPair], results: Sequence[AlignmentResult]
) -> list[AlignmentRow]:
    """Average each bin of motion, all pairs, and those on which direct DIS is far off."""
    numbers = np.array([pair.bin for pair in pairs])
    scale = len(pairs[0].source) / 64
    groups = {
        f"{low * scale:g} to {high * scale:g} px": numbers == number
        for number, (low, high) in enumerate(MOTION_BINS_AT_64_PX)
    }
    groups["all"] = np.ones(len(pairs), dtype=bool)
    direct = [one for one in results if one.method.name == DIRECT_DIS]
    if direct:
        groups[f"DIS over {FAR_OFF_PX:g} px off"] = direct[0].end_point_error_px > FAR_OFF_PX
    return [
        _row(result, name, chosen)
        for name, chosen in groups.items()
        if chosen.any()
        for result in results
    ]


def _align(
    pair: RenderedPair, frames: npt.NDArray[np.uint8], method: AlignmentMethod
) -> tuple[FloatArray, FloatArray, list[float]]:
    began = time.perf_counter()
    motion = method.motion(frames)
    seconds = time.perf_counter() - began
    uncoloured = MotionColourFlow(
        motion[None], identity_colour_map(1, frames.shape[3], *motion.shape[1:])
    )
    seen = frames_to_colours(frames[[0, -1]])
    flow = anchor_colours(uncoloured, seen, TransferSettings())
    target = frames_to_colours(pair.target[None])[0]
    recoloured = apply_colour_map(flow.colour_map, pair.moved_source[None])[0]
    predicted = flow.warp(frames_to_colours(pair.source[None]))[0]
    error = np.hypot(*(motion - pair.flow_target_to_source))
    figures = [
        error[pair.compared].mean(),
        np.abs(recoloured - target)[:, pair.compared].mean(),
        np.abs(predicted - target)[:, pair.compared].mean(),
        seconds,
    ]
    return motion, predicted, [float(figure) for figure in figures]


def _row(result: AlignmentResult, name: str, chosen: npt.NDArray[np.bool_]) -> AlignmentRow:
    means = {figure: float(getattr(result, figure)[chosen].mean()) for figure in FIGURES}
    interval = bootstrap_interval(result.end_point_error_px[chosen])
    return AlignmentRow(result.method.name, name, int(chosen.sum()), interval=interval, **means)
