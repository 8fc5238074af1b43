"""Motion as colours."""

import cv2
import numpy as np
import numpy.typing as npt


def motion_picture(flow: npt.NDArray[np.float32], largest_px: float) -> npt.NDArray[np.uint8]:
    """Draw float32 (2, H, W) as uint8 (H, W, 3): hue for direction, saturation for length.

    White does not move; lengths from `largest_px` on are drawn alike.
    """
    angle = np.arctan2(flow[1], flow[0]) / (2 * np.pi) % 1
    length = np.clip(np.hypot(flow[0], flow[1]) / largest_px, 0, 1)
    full_hue, full = 180 * angle, np.full_like(length, 255)
    hsv = np.stack([full_hue, 255 * length, full], axis=2).astype(np.uint8)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
