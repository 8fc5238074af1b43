"""Ways to find the motion between two pictures: along a path between them, or end to end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from igan.evaluation.dense_sift import match_dense_sift
from serve.transfer.composition import anchor, concatenate
from serve.transfer.flow import MotionColourFlow, estimate_neighbour_flow, frames_to_colours
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]
Frames = npt.NDArray[np.uint8]

NO_COLOUR = replace(TransferSettings(), colour_ridge=1e6)
"""So strong a pull to the identity that colours are taken to stay as they are."""


@dataclass(frozen=True)
class AlignmentMethod:
    """One way to find motion.

    Attributes:
        name: in the table.
        is_end_to_end: it sees the two pictures alone, not the frames between them.
        motion: from uint8 (T, H, W, 3), first to last, to flow_target_to_source between these
            two, float32 (2, H, W) in pixels.
    """

    name: str
    is_end_to_end: bool
    motion: Callable[[Frames], FloatArray]


OURS = "motion+colour flow"
DIRECT_DIS = "DIS"


def alignment_methods() -> list[AlignmentMethod]:
    """All methods that the installed OpenCV offers, ours first.

    Rivals are set as they did best on other pairs than those of the default seed.
    """
    methods = [
        AlignmentMethod(OURS, False, _along_path),
        AlignmentMethod("the same without colour", False, _along_path_without_colour),
        AlignmentMethod("DIS frame by frame", False, _dis_frame_by_frame),
        AlignmentMethod(f"{OURS}, end to end", True, _end_to_end),
        AlignmentMethod(DIRECT_DIS, True, _on_grey(_dis)),
        AlignmentMethod("Farneback", True, _on_grey(_farneback)),
        AlignmentMethod("dense SIFT, semi-global", True, _on_grey(match_dense_sift)),
    ]
    if has_deepflow():
        methods.append(AlignmentMethod("DeepFlow (OpenCV)", True, _on_grey(_deepflow)))
    return methods


def has_deepflow() -> bool:
    """Tell whether OpenCV was built with its contributed modules."""
    return hasattr(cv2, "optflow")


def _along_path(frames: Frames) -> FloatArray:
    settings = TransferSettings()
    chained = concatenate(estimate_neighbour_flow(frames, settings))
    anchored = anchor(chained, frames_to_colours(frames), settings)
    return anchored.flow_target_to_source[-1]


def _along_path_without_colour(frames: Frames) -> FloatArray:
    neighbours = estimate_neighbour_flow(frames, NO_COLOUR)
    return concatenate(neighbours).flow_target_to_source[-1]


def _end_to_end(frames: Frames) -> FloatArray:
    return estimate_neighbour_flow(frames[[0, -1]]).flow_target_to_source[0]


def _dis_frame_by_frame(frames: Frames) -> FloatArray:
    grey = [_grey(frame) for frame in frames]
    motion = np.stack([_dis(a, b) for a, b in pairwise(grey)])
    steps = MotionColourFlow.identity(len(motion), 1, *motion.shape[2:])
    chained = concatenate(MotionColourFlow(motion, steps.colour_map))
    return chained.flow_target_to_source[-1]


def _on_grey(
    match: Callable[[npt.NDArray[np.uint8], npt.NDArray[np.uint8]], FloatArray],
) -> Callable[[Frames], FloatArray]:
    return lambda frames: match(_grey(frames[0]), _grey(frames[-1]))


def _grey(frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)


def _dis(source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]) -> FloatArray:
    engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    engine.setFinestScale(0)
    engine.setPatchSize(8)
    engine.setPatchStride(3)
    engine.setVariationalRefinementIterations(20)
    return _planes(engine.calc(target, source, np.zeros((*target.shape, 2), np.float32)))


def _farneback(source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]) -> FloatArray:
    start = np.zeros((*target.shape, 2), np.float32)
    return _planes(
        cv2.calcOpticalFlowFarneback(
            target,
            source,
            start,
            pyr_scale=0.5,
            levels=4,
            winsize=25,
            iterations=10,
            poly_n=7,
            poly_sigma=1.5,
            flags=0,
        )
    )


def _deepflow(source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8]) -> FloatArray:
    """DeepFlow's variational part: OpenCV has none of its DeepMatching."""
    engine = vars(cv2)["optflow"].createOptFlow_DeepFlow()
    return _planes(engine.calc(target, source, None))


def _planes(flow: npt.NDArray[np.generic]) -> FloatArray:
    return np.ascontiguousarray(flow.transpose(2, 0, 1), dtype=np.float32)
