"""Dense SIFT matching: a large-displacement rival of the motion found along a path.

After SIFT flow (Liu, Yuen and Torralba 2011), which has never been packaged for Python: the same
descriptors at every pixel, the same truncated L1 costs of matching and of smoothness over
displacements; but smoothness is enforced by semi-global matching (Hirschmueller 2008) along four
directions instead of belief propagation, and on one scale instead of several.
"""

import cv2
import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

REACH_PX = 16
"""Displacements are sought up to this far along x and along y."""

PATCH_PX = 8.0
"""Diameter of the keypoints; descriptors tell of six times as much around. On objects with little
texture such large ones did best."""

MATCHING_CAP = np.float32(1.0)
SMOOTHNESS = np.float32(0.1)
SMOOTHNESS_CAP = np.float32(1.0)


def match_dense_sift(
    source: npt.NDArray[np.uint8], target: npt.NDArray[np.uint8], reach_px: int = REACH_PX
) -> FloatArray:
    """Match uint8 (H, W) pictures; return flow_target_to_source, float32 (2, H, W) in pixels."""
    cost = _matching_cost(_descriptors(source), _descriptors(target), reach_px)
    total = np.zeros_like(cost)
    for axis in (0, 1):
        for backwards in (False, True):
            swept = cost.swapaxes(0, axis)[:: -1 if backwards else 1]
            smooth = _sweep(swept)[:: -1 if backwards else 1]
            total += smooth.swapaxes(0, axis)
    height, width, side, _ = total.shape
    best = total.reshape(height, width, -1).argmin(axis=2)
    down, across = best // side - reach_px, best % side - reach_px
    return np.stack([across, down]).astype(np.float32)


def _descriptors(picture: npt.NDArray[np.uint8]) -> FloatArray:
    """Unit SIFT descriptors around every pixel, (H, W, 128)."""
    height, width = picture.shape
    keypoints = [
        cv2.KeyPoint(float(x), float(y), PATCH_PX, 0.0) for y in range(height) for x in range(width)
    ]
    found, descriptors = cv2.SIFT.create().compute(picture, keypoints)
    assert len(found) == len(keypoints), "SIFT dropped pixels"
    length = np.linalg.norm(descriptors, axis=1, keepdims=True)
    unit = descriptors / np.maximum(length, 1e-6)
    return np.asarray(unit, np.float32).reshape(height, width, -1)


def _matching_cost(source: FloatArray, target: FloatArray, reach_px: int) -> FloatArray:
    """Capped distances, (H, W, 2 reach + 1, 2 reach + 1): by target pixel, then down and across."""
    height, width = target.shape[:2]
    side = 2 * reach_px + 1
    cost = np.full((height, width, side, side), MATCHING_CAP, dtype=np.float32)
    for down in range(-reach_px, reach_px + 1):
        for across in range(-reach_px, reach_px + 1):
            top, bottom = max(0, -down), min(height, height - down)
            left, right = max(0, -across), min(width, width - across)
            here = target[top:bottom, left:right]
            there = source[top + down : bottom + down, left + across : right + across]
            distance = 1 - np.einsum("hwk,hwk->hw", here, there)
            cost[top:bottom, left:right, down + reach_px, across + reach_px] = distance
    return np.minimum(cost, MATCHING_CAP)


def _sweep(cost: FloatArray) -> FloatArray:
    """Gather the cheapest way to every label along the first axis (Hirschmueller 2008, eq. 13)."""
    gathered = np.empty_like(cost)
    gathered[0] = cost[0]
    for index in range(1, len(cost)):
        before = gathered[index - 1]
        cheapest = before.min(axis=(1, 2), keepdims=True)
        gathered[index] = cost[index] + _cheapest_step(before) - cheapest
    return gathered


def _cheapest_step(cost: FloatArray) -> FloatArray:
    """The least of cost(l') + capped SMOOTHNESS |l - l'|_1 over all labels l', (W, L, L)."""
    least = cost.min(axis=(1, 2), keepdims=True) + SMOOTHNESS_CAP
    reached = cost.copy()
    for labels in (reached, reached.swapaxes(1, 2)):
        for index in range(1, labels.shape[1]):
            np.minimum(labels[:, index], labels[:, index - 1] + SMOOTHNESS, out=labels[:, index])
        for index in range(labels.shape[1] - 2, -1, -1):
            np.minimum(labels[:, index], labels[:, index + 1] + SMOOTHNESS, out=labels[:, index])
    return np.minimum(reached, least)
