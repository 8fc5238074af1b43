"""How one picture becomes the bytes of a record, and back."""

from typing import Literal, get_args

import cv2
import numpy as np

Encoding = Literal["raw", "png", "jpeg", "webp"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

_SUFFIX: dict[str, str] = {"png": ".png", "jpeg": ".jpg", "webp": ".webp"}
_PARAMETERS: dict[str, list[int]] = {
    "png": [],
    "jpeg": [cv2.IMWRITE_JPEG_QUALITY, 95],
    "webp": [cv2.IMWRITE_WEBP_QUALITY, 95],
}


def encode_record(pixels: np.ndarray, encoding: Encoding) -> bytes:
    """Encode uint8 (H, W, C), RGB or one channel; `raw` and `png` are exact, the others lossy."""
    if encoding == "raw":
        return pixels.tobytes()
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.shape[2] == 3 else pixels
    return cv2.imencode(_SUFFIX[encoding], stored, _PARAMETERS[encoding])[1].tobytes()


def decode_record(record: bytes | memoryview, size: int, channels: int) -> np.ndarray:
    """Decode a `png`, `jpeg` or `webp` record to uint8 (size, size, channels).

    Raises:
        ValueError: the bytes are not a picture of that size.
    """
    flags = cv2.IMREAD_COLOR_RGB if channels == 3 else cv2.IMREAD_GRAYSCALE
    pixels = cv2.imdecode(np.frombuffer(record, np.uint8), flags)
    if pixels is None or pixels.shape[:2] != (size, size):
        raise ValueError("not an encoded picture of the store's size")
    return pixels.reshape(size, size, channels)
