"""How fast and how exact is one photo's way from its file to a small square, against usual ways?

Every rival decodes, takes the largest centred square and makes it smaller, one photo at a time in
one thread; they take turns, photo by photo. The errors are against the exact average of each output
pixel's area, in levels of 255. A resize that rings on purpose, such as Lanczos, is not wrong for
being far from it; one that aliases is. The same photos are enlarged to a camera's size, too.

    python benchmarks/photo_preparing.py [--photos shoes.zip] [--size 64] [--count 200]

Without --photos, rendered pictures are saved as JPEG and taken.
"""

import argparse
import io
import itertools
import os
import platform
import statistics
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import cv2
import numpy as np
import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_jpeg
from torchvision.transforms.v2.functional import center_crop, resize

from igan.data.fitting import fitted_region
from igan.data.preparing import PictureSettings, prepare_picture
from igan.data.rendering import render, sample_parameters
from igan.training.provenance import source_commit

Rival = Callable[[bytes, int], np.ndarray]

CAMERA_SIZE_PX = (4000, 3000)
CAMERA_PHOTOS = 5
RENDERED_SIZE_PX = 256
WARM_UP_PHOTOS = 3


def igan(data: bytes, size: int) -> np.ndarray:
    return prepare_picture(data, "photo", PictureSettings(size))


def pillow(data: bytes, size: int, resample: Image.Resampling) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        photo = image.convert("RGB")
    side = min(photo.size)
    x0, y0 = ((length - side) // 2 for length in photo.size)
    square = photo.crop((x0, y0, x0 + side, y0 + side))
    return np.asarray(square.resize((size, size), resample))


def pillow_lanczos(data: bytes, size: int) -> np.ndarray:
    return pillow(data, size, Image.Resampling.LANCZOS)


def pillow_box(data: bytes, size: int) -> np.ndarray:
    return pillow(data, size, Image.Resampling.BOX)


def opencv_decoded(data: bytes) -> np.ndarray:
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB))


def opencv_linear(data: bytes, size: int) -> np.ndarray:
    photo = opencv_decoded(data)
    side = min(photo.shape[:2])
    y0, x0 = ((length - side) // 2 for length in photo.shape[:2])
    return cv2.resize(photo[y0 : y0 + side, x0 : x0 + side], (size, size))


def torchvision_antialias(data: bytes, size: int) -> np.ndarray:
    encoded = torch.frombuffer(bytearray(data), dtype=torch.uint8)
    photo = decode_jpeg(encoded, mode=ImageReadMode.RGB)
    square = center_crop(photo, [min(photo.shape[1:])] * 2)
    return resize(square, [size, size], antialias=True).permute(1, 2, 0).numpy()


RIVALS: dict[str, Rival] = {
    "igan": igan,
    "Pillow, Lanczos": pillow_lanczos,
    "Pillow, box": pillow_box,
    "torchvision, antialias": torchvision_antialias,
    "OpenCV, linear": opencv_linear,
}


def exact(data: bytes, size: int) -> np.ndarray:
    """Return the exact area average, float64 (size, size, 3)."""
    with Image.open(io.BytesIO(data)) as image:
        photo = np.asarray(image.convert("RGB"), np.float64)
    height, width = photo.shape[:2]
    x0, y0, x1, y1 = fitted_region(width, height, "crop", "centre")
    rows = shares(y0, y1, size, height)
    columns = shares(x0, x1, size, width)
    return np.einsum("sh,hwc,tw->stc", rows, photo, columns, optimize="optimal")


def shares(start: float, stop: float, count: int, length: int) -> np.ndarray:
    """Return how much of each pixel lies in each output pixel's area, float64 (count, length)."""
    edges = np.linspace(start, stop, count + 1)
    found = np.zeros((count, length))
    for row, (low, high) in zip(found, itertools.pairwise(edges), strict=True):
        pixels = np.arange(int(low), min(length, int(np.ceil(high))))
        row[pixels] = np.minimum(pixels + 1, high) - np.maximum(pixels, low)
    return found / found.sum(axis=1, keepdims=True)


def photos_in(path: Path | None, count: int) -> Iterator[bytes]:
    if path is None:
        for index in range(count):
            yield as_jpeg(render(sample_parameters(0, index), RENDERED_SIZE_PX))
        return
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.lower().endswith((".jpg", ".jpeg"))]
        for name in names[:: max(1, len(names) // count)][:count]:
            yield archive.read(name)


def as_jpeg(pixels: np.ndarray) -> bytes:
    return cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))[1].tobytes()


def camera_photo(data: bytes) -> bytes:
    """Enlarge a photo and add grain, since a file without detail decodes too fast."""
    photo = opencv_decoded(data)
    large = cv2.resize(photo, CAMERA_SIZE_PX, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(0).normal(0, 4, large.shape[:2])[..., None]
    return as_jpeg(np.clip(large + grain, 0, 255).astype(np.uint8))


def compare(title: str, photos: list[bytes], size: int) -> None:
    milliseconds: dict[str, list[float]] = {name: [] for name in RIVALS}
    mean_errors: dict[str, list[float]] = {name: [] for name in RIVALS}
    largest_errors: dict[str, list[float]] = {name: [] for name in RIVALS}
    for index, data in enumerate(photos[:WARM_UP_PHOTOS] + photos):
        reference = exact(data, size)
        for name, rival in RIVALS.items():
            began = time.perf_counter()
            picture = rival(data, size)
            passed = time.perf_counter() - began
            if index >= WARM_UP_PHOTOS:
                error = np.abs(picture - reference)
                milliseconds[name].append(1000 * passed)
                mean_errors[name].append(float(error.mean()))
                largest_errors[name].append(float(error.max()))
    print(f"\n{title}: {len(photos)} photos to {size} x {size}")
    print(f"{'':24}{'ms, median':>12}{'times igan':>12}{'mean error':>12}{'largest':>10}")
    fastest = statistics.median(milliseconds["igan"])
    for name in RIVALS:
        median = statistics.median(milliseconds[name])
        print(
            f"{name:24}{median:12.3f}{median / fastest:12.2f}"
            f"{statistics.fmean(mean_errors[name]):12.3f}{max(largest_errors[name]):10.1f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="a zip file of JPEG photos")
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--count", type=int, default=200)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    print(f"{platform.processor() or platform.machine()}, one thread, commit {source_commit()}")
    photos = list(photos_in(arguments.photos, arguments.count))
    compare("As they are", photos, arguments.size)
    large = [camera_photo(data) for data in photos[:CAMERA_PHOTOS]]
    compare("At {} x {}".format(*CAMERA_SIZE_PX), large, arguments.size)


if __name__ == "__main__":
    main()
