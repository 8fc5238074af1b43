"""From the colour space of an embedded ICC profile to sRGB."""

import io
import threading
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms

Pixels = npt.NDArray[np.uint8]

SAME_COLOUR_LEVELS = 2
"""A profile that moves no colour by more is sRGB under another name."""

_PROBE_LEVELS = (0, 64, 128, 192, 255)


def to_srgb(pixels: Pixels, icc_profile: bytes | None) -> Pixels:
    """Convert uint8 (H, W, 3 or 1) from its profile's colour space to sRGB, relative colorimetric.

    Without a profile pixels count as sRGB; so they do with one that is broken or is for another
    number of channels, as in browsers. Grey stays grey.
    """
    if icc_profile is None:
        return pixels
    transform = _transform_to_srgb(icc_profile, pixels.shape[2])
    if transform is None:
        return pixels
    return _converted(pixels, transform)


@lru_cache(maxsize=16)
def _transform_to_srgb(icc_profile: bytes, channels: int) -> Any:
    mode = "RGB" if channels == 3 else "L"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        probe = _probe(channels)
        moved = np.abs(_converted(probe, transform).astype(np.int16) - probe)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return transform if moved.max() > SAME_COLOUR_LEVELS else None


def _probe(channels: int) -> Pixels:
    grid = np.meshgrid(*[np.array(_PROBE_LEVELS, np.uint8)] * channels, indexing="ij")
    return np.stack(grid, axis=-1).reshape(1, -1, channels)


_transform_lock = threading.Lock()
"""Pillow does not say that threads may share a transform."""


def _converted(pixels: Pixels, transform: Any) -> Pixels:
    channels = pixels.shape[2]
    image = Image.fromarray(pixels if channels == 3 else pixels[..., 0])
    with _transform_lock:
        converted = ImageCms.applyTransform(image, transform)
    return np.asarray(converted, np.uint8)[..., :channels]
