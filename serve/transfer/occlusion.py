"""Which pixels of a target cannot be seen in its source, and how they move all the same."""

import cv2
import numpy as np
import numpy.typing as npt

from serve.transfer.sampling import pull

FloatArray = npt.NDArray[np.float32]

SLACK_SHARE = 0.01
"""Of the squared lengths of both motions: what a long way there and back may miss by."""

SAMPLING_STEP_PX = 2
"""Every second row and column of a window is enough to fill from."""

LEAST_WEIGHT = np.float32(1e-12)


def seen_in_source(
    flow_target_to_source: FloatArray,
    flow_source_to_target: FloatArray,
    tolerance_px: float,
    margin_px: int,
) -> FloatArray:
    """Check each way from the target to the source by the way back.

    A pixel whose way there and back does not end near itself is hidden in the source, or was
    matched wrongly: ||f + g||^2 > 0.01 (||f||^2 + ||g||^2) + tolerance^2, with f the way there and
    g the way back where f ends (Sundaram, Brox and Keutzer 2010, equation 5).

    Args:
        flow_target_to_source: float32 (N, 2, H, W), on the target's grid.
        flow_source_to_target: of the same pairs and shape, on the source's grid.
        tolerance_px: how far a round trip may miss.
        margin_px: pixels up to this far from one that fails, along x and y, count as hidden too.

    Returns:
        float32 (N, H, W), 1 where a target pixel is seen in the source and 0 where not.
    """
    way_back = pull(flow_source_to_target, flow_target_to_source)
    missed = _squared_length(flow_target_to_source + way_back)
    travelled = _squared_length(flow_target_to_source) + _squared_length(way_back)
    seen = missed <= np.float32(SLACK_SHARE) * travelled + np.float32(tolerance_px**2)
    square = np.ones((2 * margin_px + 1, 2 * margin_px + 1), dtype=np.uint8)
    return np.stack([cv2.erode(one, square) for one in seen.astype(np.float32)])


def fill_hidden_motion(
    motion: FloatArray, target: FloatArray, seen: FloatArray, window_px: float, contrast: float
) -> FloatArray:
    """Let hidden pixels move like the seen ones near them that look like them.

    A joint bilateral mean: weights are Gaussian in distance and in the difference of the target's
    colours. So what comes out from behind an object moves with the background it belongs to.

    Args:
        motion: float32 (N, 2, H, W).
        target: float32 (N, C, H, W) in [0, 1].
        seen: float32 (N, H, W), 0 at the pixels to fill, 1 at those to fill them from.
        window_px: standard deviation of the distances.
        contrast: standard deviation of the colours.

    Returns:
        The motion, changed where it was hidden; as it was where nothing is seen in reach.
    """
    height, width = motion.shape[-2:]
    pair, row, column = (index[:, None] for index in np.nonzero(seen == 0))
    reach = int(np.ceil(2 * window_px))
    offsets = slice(-reach, reach + 1, SAMPLING_STEP_PX)
    down, across = (offset.ravel() for offset in np.mgrid[offsets, offsets])
    rows, columns = row + down, column + across
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
    difference = target[pair, :, rows, columns] - target[pair, :, row, column]
    unlike = np.einsum("pqc,pqc->pq", difference, difference) / np.float32(2 * contrast**2)
    far = ((down**2 + across**2) / (2 * window_px**2)).astype(np.float32)
    weight = inside * seen[pair, rows, columns] * np.exp(-unlike - far)
    total = weight.sum(axis=1)
    mean = np.einsum("pq,pqk->pk", weight, motion[pair, :, rows, columns])
    pair, row, column = pair[:, 0], row[:, 0], column[:, 0]
    found = total > LEAST_WEIGHT
    filled = motion.copy()
    filled[pair[found], :, row[found], column[found]] = mean[found] / total[found, None]
    return filled


def _squared_length(flow: FloatArray) -> FloatArray:
    return np.einsum("nkhw,nkhw->nhw", flow, flow)
