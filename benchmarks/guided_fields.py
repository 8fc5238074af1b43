"""Does guiding a colour map by the photo, on its way to the photo's size, bring the result closer?

One region of each photo is recoloured at full size; 64-pixel frames are made from that, the colour
map is fitted to them and carried back, and the result is compared with the truth. Beside the map as
it is carried: the guided filter of the paper (He, Sun and Tang 2013) at several radii and epsilons.
Mean errors in levels of 255, everywhere and within 20 pixels of the region's outline.

    python benchmarks/guided_fields.py [PHOTOS] [--count 12]
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from igan.data.rendering import render, sample_parameters
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo, read_photo
from serve.photo.reduction import reduce_photo
from serve.transfer.carrying import carried_colour_map
from serve.transfer.colour import fit_colour_map, identity_colour_map
from serve.transfer.flow import frames_to_colours
from serve.transfer.linear import solve_symmetric
from serve.transfer.separable import enlarged
from serve.transfer.settings import TransferSettings
from serve.transfer.upsampling import grid_positions, pixel_positions

SIZE = 64
SIDE_PX = 1000
NEAR_PX = 20
GUIDES = ((3, 1e-3), (2, 1e-3), (2, 1e-4), (1, 1e-4))

Colours = npt.NDArray[np.float32]


def squares(folder: Path | None, count: int) -> Iterator[Colours]:
    """Square photos of about 1000 pixels, float32 (H, W, 3) in [0, 1]."""
    paths = sorted(folder.glob("*.jpg"))[:count] if folder else [None] * count
    for index, path in enumerate(paths):
        if path is None:
            pixels = render(sample_parameters(0, index), SIDE_PX)
        else:
            photo = read_photo(path)
            photo, frame = reduce_photo(photo, PhotoFrame.centre_square(photo, SIZE), SIDE_PX)
            x0, y0, x1, y1 = (int(edge) for edge in frame.region)
            pixels = photo.as_uint8(3)[y0:y1, x0:x1]
        yield pixels.astype(np.float32) / np.float32(255)


def region_of(colours: Colours) -> npt.NDArray[np.float32]:
    """One of the photo's two main colours, without specks, its outline as soft as a photo's."""
    calm = cv2.GaussianBlur(colours, (0, 0), 1.0)
    sample = cv2.resize(calm, (100, 100)).reshape(-1, 3)
    cv2.setRNGSeed(0)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 20, 1e-3)
    empty = np.empty((0,), dtype=np.int32)
    _, _, centres = cv2.kmeans(sample, 2, empty, criteria, 1, cv2.KMEANS_PP_CENTERS)
    distances = ((calm[:, :, None] - centres) ** 2).sum(-1)
    region = (distances[..., 0] < distances[..., 1]).astype(np.uint8)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 25))
    region = cv2.morphologyEx(region, cv2.MORPH_OPEN, disc)
    region = cv2.morphologyEx(region, cv2.MORPH_CLOSE, disc)
    return np.asarray(cv2.GaussianBlur(region.astype(np.float32), (0, 0), 1.0), np.float32)


def box_mean(fields: Colours, radius_px: int) -> Colours:
    """Average (..., H, W) over windows of side 2 radius + 1, cut off at the border."""

    def summed(values: Colours) -> Colours:
        for axis in (-2, -1):
            values = uniform_filter1d(values, 2 * radius_px + 1, axis, mode="constant")
        return values

    return summed(fields) / summed(np.ones_like(fields))


def guided(fields: Colours, guide: Colours, radius_px: int, ridge: float) -> Colours:
    """Slopes by the guide and an offset for each field, (K, 4, S, S); see equations 14 to 16."""
    mean, field_mean = box_mean(guide, radius_px), box_mean(fields, radius_px)
    covariance = [
        [box_mean(guide[i] * guide[j], radius_px) - mean[i] * mean[j] for j in range(i + 1)]
        for i in range(3)
    ]
    for row in covariance:
        row[-1] = row[-1] + np.float32(ridge)
    right = [box_mean(guide[i] * fields, radius_px) - mean[i] * field_mean for i in range(3)]
    slopes = np.stack(solve_symmetric(covariance, right), axis=1)
    offset = box_mean(field_mean - (slopes * mean).sum(1), radius_px)
    slopes = box_mean(slopes, radius_px)
    unexplained = fields - (slopes * guide).sum(1) - offset
    return np.concatenate([slopes, (offset + unexplained)[:, None]], axis=1)


def errors(colours: Colours, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Mean error everywhere and near the outline, of each way to carry the map."""
    photo = Photo(np.rint(255 * colours).astype(np.uint8))
    frame = PhotoFrame.whole(photo, SIZE)
    region = region_of(colours)[..., None]
    gain, offset = rng.uniform(0.5, 0.9, 3), rng.uniform(0, 0.25, 3)
    recoloured = colours * gain.astype(np.float32) + offset.astype(np.float32)
    truth = np.clip(colours + region * (recoloured - colours), 0, 1)
    first, last = frames_to_colours(
        np.stack([frame.crop(np.rint(255 * c).astype(np.uint8)) for c in (colours, truth)])
    )[:, None]
    height, width = colours.shape[:2]
    grid = grid_positions(
        frame, pixel_positions(slice(0, width)), pixel_positions(slice(0, height))
    )
    outline = (region[..., 0] > 0.05) & (region[..., 0] < 0.95)
    window = np.ones((2 * NEAR_PX + 1, 2 * NEAR_PX + 1), dtype=np.uint8)
    near = cv2.dilate(outline.astype(np.uint8), window) == 1
    identity = identity_colour_map(1, 3, SIZE, SIZE)
    settings = TransferSettings()
    anchored = identity
    for window_px in settings.anchor_windows_px:
        anchored = fit_colour_map(first, last, anchored, window_px, settings.anchor_ridge)
    everywhere = np.ones_like(first[:, :1])
    carried = carried_colour_map(
        first, last, everywhere, settings.carried_window_px, settings.carried_ridge
    )

    def error(change: Colours) -> tuple[float, float]:
        fields = change.reshape(3, 4, height, width)
        result = colours + np.einsum("ijhw,hwj->hwi", fields[:, :3], colours)
        result += fields[:, 3].transpose(1, 2, 0)
        wrong = 255 * np.abs(np.clip(result, 0, 1) - truth).mean(axis=2)
        return float(wrong.mean()), float(wrong[near].mean() if near.any() else 0)

    found = {}
    for name, colour_map in (("anchored map", anchored), ("carried map", carried)):
        change = (colour_map - identity).reshape(12, SIZE, SIZE)
        found[f"{name}, no guide"] = error(enlarged(change, *grid))
        for radius_px, ridge in GUIDES:
            finer = enlarged(guided(change, first[0], radius_px, ridge), *grid)
            followed = finer[:, 3] + np.einsum("kghw,hwg->khw", finer[:, :3], colours)
            found[f"{name}, guided, radius {radius_px}, epsilon {ridge:g}"] = error(followed)
    found["unedited"] = error(np.zeros((12, height, width), np.float32))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, nargs="?", help="a folder of .jpg; else drawn ones")
    parser.add_argument("--count", type=int, default=12)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    all_ = [errors(colours, rng) for colours in squares(arguments.photos, arguments.count)]
    print(f"{len(all_)} photos\n{'':<48}{'everywhere':>12}{'near outline':>14}")
    for name in all_[0]:
        everywhere, near = np.mean([found[name] for found in all_], axis=0)
        print(f"{name:<48}{everywhere:>12.2f}{near:>14.2f}")


if __name__ == "__main__":
    main()
