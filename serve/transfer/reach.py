"""Where an edit changes anything, and how it fades out."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.transfer.colour import apply_colour_map
from serve.transfer.composition import invert_motion
from serve.transfer.flow import MotionColourFlow
from serve.transfer.sampling import pixel_centres, pull
from serve.transfer.settings import TransferSettings

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class EditReach:
    """How much of an edit is let through, on the grid of its first frame or of a later one.

    Attributes:
        motion: float32 (H, W) in [0, 1], exactly 0 where the edit moves nothing.
        colour: likewise for its change of colour.
    """

    motion: FloatArray
    colour: FloatArray

    def at_target(self, flow_target_to_source: FloatArray) -> "EditReach":
        """Read both where each pixel of the target comes from; 0 stays 0.

        Args:
            flow_target_to_source: float32 (2, H, W).
        """
        height, width = self.motion.shape
        index = flow_target_to_source + pixel_centres(height, width) - np.float32(0.5)
        read = cv2.remap(
            np.stack([self.motion, self.colour], axis=2),
            index[0],
            index[1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return EditReach(np.ascontiguousarray(read[..., 0]), np.ascontiguousarray(read[..., 1]))


def find_reach(
    whole_edit: MotionColourFlow, first_frame: FloatArray, settings: TransferSettings
) -> EditReach:
    """Find where an edit moves or recolours its first frame.

    Changes below `settings.still_motion_px` and `settings.still_colour` all around a pixel are not
    let through there, twice as large ones fully.

    Args:
        whole_edit: the one flow from the first frame to the last.
        first_frame: float32 (1, C, H, W) in [0, 1].
        settings: thresholds.
    """
    motion = invert_motion(whole_edit.flow_target_to_source)
    shape = whole_edit.colour_map.shape
    on_source = pull(whole_edit.colour_map.reshape(1, -1, *shape[3:]), motion).reshape(shape)
    recoloured = np.abs(apply_colour_map(on_source, first_frame) - first_frame)[0].max(axis=0)
    moved = np.hypot(motion[0, 0], motion[0, 1])
    return EditReach(
        motion=let_through(moved, settings.still_motion_px),
        colour=let_through(recoloured, settings.still_colour),
    )


def border_ramps(
    frame: PhotoFrame,
    x_positions: npt.NDArray[np.floating],
    y_positions: npt.NDArray[np.floating],
    border_px: float,
) -> FloatArray | None:
    """Rise from 0 at the frame's borders to 1 inside, over a rectangle of photo pixels.

    A pixel next to the border still has 0, and the first two derivatives vanish at both ends.
    Borders of the frame at or beyond the photo's own do not fade: nothing lies behind them.

    Args:
        frame: whose borders.
        x_positions: (W,), centres of the columns in photo coordinates.
        y_positions: (H,), centres of the rows.
        border_px: width of the ramps in network pixels.

    Returns:
        float32 (H, W) in [0, 1]; None where it is 1 all over.
    """
    x0, y0, x1, y1 = frame.region
    scale_x, scale_y = frame.scale_xy
    across = _ramp(x_positions, x0, x1, frame.photo_width_px, border_px * scale_x)
    down = _ramp(y_positions, y0, y1, frame.photo_height_px, border_px * scale_y)
    if (across == 1).all() and (down == 1).all():
        return None
    return down[:, None] * across[None, :]


def _ramp(
    positions: npt.NDArray[np.floating],
    start: float,
    stop: float,
    photo_length_px: int,
    width_px: float,
) -> FloatArray:
    ramp = np.ones(len(positions), dtype=np.float32)
    if start > 0:
        ramp *= _smoothstep((positions - start - 1) / width_px)
    if stop < photo_length_px:
        ramp *= _smoothstep((stop - 1 - positions) / width_px)
    return ramp


def _smoothstep(t: npt.NDArray[np.floating]) -> FloatArray:
    t = np.clip(t, 0, 1)
    return (t**3 * (t * (6 * t - 15) + 10)).astype(np.float32)


def let_through(change: FloatArray, threshold: float) -> FloatArray:
    """How much of a change (H, W) counts: 0 where nothing around exceeds the threshold, 1 where it
    is twice as large."""
    largest_around = cv2.dilate(change, np.ones((3, 3), dtype=np.uint8))
    share = np.clip(largest_around / np.float32(threshold) - 1, 0, 1)
    return cv2.blur(share, (3, 3), borderType=cv2.BORDER_REPLICATE)
