"""Pictures as the files that clients show."""

import cv2
import numpy as np
import numpy.typing as npt

from serve.app.protocol.frames import Frame, FrameKind

PHOTO_QUALITY = 85
SMALL_QUALITY = 95
"""Of JPEG; small pictures are shown enlarged, where its blocks would be seen."""


def picture_frame(
    kind: FrameKind,
    pixels: npt.NDArray[np.uint8],
    generation: int,
    time_ms: int,
    rank: int = 0,
) -> Frame:
    """A picture, uint8 (H, W, 3 or 1), on its way to a client."""
    height_px, width_px = pixels.shape[:2]
    small = kind in (FrameKind.MODEL, FrameKind.CANDIDATE, FrameKind.SHADOW)
    payload = jpeg(pixels, SMALL_QUALITY if small else PHOTO_QUALITY)
    return Frame(kind, generation, time_ms, width_px, height_px, payload, rank)


def jpeg(pixels: npt.NDArray[np.uint8], quality: int) -> bytes:
    """The bytes of a JPEG file of uint8 (H, W, 3 or 1)."""
    ordered = pixels if pixels.shape[2] == 1 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    if quality < SMALL_QUALITY:
        sampling = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    _, data = cv2.imencode(
        ".jpg",
        ordered,
        [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling],
    )
    return data.tobytes()
