"""Photos for the browser tests, drawn."""

import json
from pathlib import Path

import cv2
import numpy as np

SIZE_PX = (150, 200)


def write_photo(path: Path, size_px: tuple[int, int] = SIZE_PX, hue: int = 10) -> Path:
    """A soft ground with a textured ellipse on it, of this width and height."""
    width, height = size_px
    y, x = np.mgrid[:height, :width].astype(np.float32)
    inside = ((x / width - 0.5) / 0.35) ** 2 + ((y / height - 0.55) / 0.25) ** 2 < 1
    hsv = np.zeros((height, width, 3), np.uint8)
    hsv[..., 0] = hue
    hsv[..., 1] = np.where(inside, 160, 12)
    hsv[..., 2] = np.where(inside, 150 + 20 * np.sin(x / 2), 225 + 20 * y / height)
    if not cv2.imwrite(str(path), cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)):
        raise OSError(f"{path} cannot be written")
    return path


def write_samples(folder: Path) -> Path:
    """A folder of one sample photo, as `igan serve --samples` takes it."""
    folder.mkdir()
    write_photo(folder / "ellipse.jpg")
    sample = {
        "name": "ellipse",
        "file": "ellipse.jpg",
        "title": "An ellipse",
        "category": "shapes",
        "author": "the tests",
        "licence": "MIT",
        "origin": "drawn",
    }
    (folder / "samples.json").write_text(json.dumps([sample]), encoding="utf-8")
    return folder
