"""What edit transfer does to real photos: is their texture kept, and does the edit arrive?"""

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.bundle import Bundle
from serve.latent import project
from serve.latent.bounds import Bounds
from serve.latent.constraints import ColourStroke
from serve.latent.editor import LatentEditor
from serve.latent.lbfgs import Limits
from serve.latent.path import latent_path
from serve.latent.projection import Method
from serve.latent.raster import rasterise
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.photo.pixels import tensor_to_pixels
from serve.transfer.apply import EditTransfer
from serve.transfer.rivals import upsampled_generator_edit
from serve.transfer.tiles import PhotoEdit, to_planes

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]
Kind = Literal["stroke", "walk"]

WALK = 0.5
"""How far a walk goes towards the projection of another photo."""

EDITOR_STEPS = 100
SINC_RADIUS_PX = 6
TEXTURE_SIDE_PX = 512
"""Texture is compared in the middle of the frame, at most this wide and high."""

EDITED_LEVELS = 8
WINDOW_PX = 5
NORMALISING_BLUR_PX = 4.0
NOISE_LEVELS = 8.0


@dataclass(frozen=True, eq=False)
class RealEdit:
    """An edit of a real photo.

    Attributes:
        kind: "stroke", a colour painted across the middle of the frame, or "walk", part of the way
            to the projection of another photo.
        frames: uint8 (T, S, S, C), the path from G(z0) to G(z1).
    """

    photo: Photo
    frame: PhotoFrame
    kind: Kind
    frames: Pixels


@dataclass(frozen=True)
class TransferFigures:
    """What became of one edit.

    Attributes:
        kind: see `RealEdit`.
        texture_shape: Laplacian energy of the photo with the edit's shape alone, as a share of that
            of the photo pulled by the same flow with a windowed sinc in float64.
        texture_colour: Laplacian energy of the photo with the edit's colour alone, as a share of
            that of the photo's Laplacian times the linear part of the colour maps, leaving out the
            outline between things and ground, where a new contrast is no texture.
        texture_generator: energy of the enlarged G(z1) as a share of the photo's.
        motion_correlation: between the motion re-estimated from photo to result and that from G(z0)
            to G(z1), over the edited region; None where that has no motion to correlate.
        colour_correlation: likewise, of the differences of local mean colours.
        edited_share: of the frame that the edit changes visibly.
    """

    kind: Kind
    texture_shape: float
    texture_colour: float
    texture_generator: float
    motion_correlation: float | None
    colour_correlation: float | None
    edited_share: float


def propose_edits(
    bundle: Bundle,
    photos: list[Photo],
    frames: list[PhotoFrame],
    method: Method,
    iterations: int,
    steps: int,
    seed: int = 0,
) -> Iterator[RealEdit]:
    """Yield an edit for each photo, strokes and walks in turn.

    Args:
        bundle: an exported model.
        photos: at least two.
        frames: of each photo.
        method, iterations: of the projection.
        steps: N of the path.
        seed: of the strokes' hues and of the projection's random starts.
    """
    channels = bundle.manifest.image.channels
    crops = np.stack(
        [frame.picture(photo, channels) for photo, frame in zip(photos, frames, strict=True)]
    )
    starts = project(bundle, crops, method, seed=seed, limits=Limits(iterations=iterations)).latents
    rng = np.random.default_rng(seed)
    for index, (photo, frame) in enumerate(zip(photos, frames, strict=True)):
        start = starts[index]
        kind: Kind = "walk" if index % 2 else "stroke"
        if kind == "walk":
            end = start + WALK * (starts[(index + 1) % len(photos)] - start)
        else:
            red, green, blue = colorsys.hsv_to_rgb(rng.random(), 0.8, 0.8)
            colour = (round(255 * red), round(255 * green), round(255 * blue))
            end = _with_stroke(bundle, start, frame, colour)
        with torch.no_grad():
            path = tensor_to_pixels(bundle.generator(latent_path(start, end, steps)))
        yield RealEdit(photo, frame, kind, path)


def _with_stroke(
    bundle: Bundle, start: Tensor, frame: PhotoFrame, colour: tuple[int, int, int]
) -> Tensor:
    """Paint across the middle of the frame, a little below its centre."""
    size = frame.network_size_px
    (left, y), (right, _) = frame.grid_to_photo([[0.35 * size, 0.6 * size], [0.65 * size, 0]])
    stroke = ColourStroke(
        points=((left, y), (right, y)), colour=colour, width_px=0.12 * size * frame.scale_xy[0]
    )
    editor = LatentEditor(
        bundle.generator, start[None], Bounds.from_pair(bundle.manifest.latent.bounds)
    )
    editor.set_constraints(rasterise((stroke,), frame, bundle.manifest.image.channels))
    editor.run_to_convergence(EDITOR_STEPS)
    return editor.latents[0]


def measure_edit(edit: RealEdit, transfer: EditTransfer, result: Photo) -> TransferFigures:
    """Measure what became of an edit.

    Args:
        edit: the edit.
        transfer: of that edit.
        result: the photo with the whole edit, shape and colour.
    """
    rows, columns = texture_window(edit.frame)
    source = edit.photo if edit.frames.shape[3] == 1 else edit.photo.as_rgb()
    shape = transfer.edit_at(1.0, "shape", source.channels)
    colour = transfer.edit_at(1.0, "colour", source.channels)
    pulled = ideally_pulled(source, shape, rows, columns)
    moved, recoloured, generated = (
        photo.pixels[rows, columns]
        for photo in (
            transfer.photo_at(1.0, "shape"),
            transfer.photo_at(1.0, "colour"),
            upsampled_generator_edit(edit.photo, edit.frame, edit.frames),
        )
    )
    inside = off_the_outline(colour, rows, columns)
    photo_energy = laplacian_energy(source.pixels[rows, columns])
    before, after = edit.frames[0], edit.frames[-1]
    channels = edit.frames.shape[3]
    photo_64, result_64 = (edit.frame.picture(photo, channels) for photo in (edit.photo, result))
    edited = edited_region(before, after)
    return TransferFigures(
        kind=edit.kind,
        texture_shape=laplacian_energy(moved) / laplacian_energy(pulled),
        texture_colour=laplacian_energy(recoloured, inside)
        / recoloured_texture_energy(source, colour, rows, columns, inside),
        texture_generator=laplacian_energy(generated) / photo_energy,
        motion_correlation=correlation(
            estimated_motion(photo_64, result_64), estimated_motion(before, after), edited
        ),
        colour_correlation=correlation(
            colour_difference(photo_64, result_64), colour_difference(before, after), edited
        ),
        edited_share=float(edited.mean()),
    )


def texture_window(frame: PhotoFrame) -> tuple[slice, slice]:
    """The middle of the frame, inside the photo and no larger than TEXTURE_SIDE_PX."""
    x0, y0, x1, y1 = frame.region
    return (
        _middle(max(0, y0), min(frame.photo_height_px, y1)),
        _middle(max(0, x0), min(frame.photo_width_px, x1)),
    )


def _middle(start: float, stop: float) -> slice:
    length = min(TEXTURE_SIDE_PX, int(stop) - int(np.ceil(start)))
    first = int((start + stop - length) / 2)
    return slice(first, first + length)


def laplacian_energy(samples: npt.NDArray[np.generic], where: Mask | None = None) -> float:
    """Mean square of the five-point Laplacian of (H, W, C), off its border, or in (H, W)."""
    laplacian = cv2.Laplacian(samples.astype(np.float64), cv2.CV_64F)
    return _mean_square(np.reshape(laplacian, samples.shape), where)


def _mean_square(values: npt.NDArray[Any], where: Mask | None) -> float:
    inner = values[1:-1, 1:-1]
    chosen = inner if where is None else inner[where[1:-1, 1:-1]]
    return float((chosen.astype(np.float64) ** 2).mean())


def off_the_outline(colour: PhotoEdit, rows: slice, columns: slice) -> Mask:
    """Pixels of a part of the photo whose neighbourhood is all of things or all of ground."""
    map_x, map_y, _ = colour.source_positions(rows, columns)
    share = 0.0 if colour.ground is None else colour.ground.at(map_x, map_y)
    if isinstance(share, float):
        return np.ones(map_x.shape, dtype=bool)
    window = np.ones((3, 3), dtype=np.uint8)
    return np.asarray((cv2.erode(share, window) == 1) | (cv2.dilate(share, window) == 0))


def ideally_pulled(photo: Photo, shape: PhotoEdit, rows: slice, columns: slice) -> Values:
    """Pull a photo by an edit's motion with a Hann-windowed sinc in float64, rounded to levels.

    Args:
        photo: the original.
        shape: an edit that moves.
        rows, columns: the part of the photo that is wanted.

    Returns:
        float64 (H, W, C).
    """
    map_x, map_y, _ = shape.source_positions(rows, columns)
    columns_read, weights_x = _sinc_taps(map_x, photo.width_px)
    rows_read, weights_y = _sinc_taps(map_y, photo.height_px)
    flat = photo.pixels.reshape(-1, photo.channels).astype(np.float64)
    total = np.zeros((*map_x.shape, photo.channels))
    for row, weight_y in zip(rows_read, weights_y, strict=True):
        line = np.zeros_like(total)
        for column, weight_x in zip(columns_read, weights_x, strict=True):
            line += weight_x[..., None] * flat[row * photo.width_px + column]
        total += weight_y[..., None] * line
    return np.rint(np.clip(total, 0, photo.white_level))


def _sinc_taps(
    positions: npt.NDArray[np.float32], length: int
) -> tuple[npt.NDArray[np.int64], Values]:
    """Which samples of an axis make up each position, and their weights, (2 radius, H, W) each."""
    index = positions.astype(np.float64) - 0.5
    first = np.floor(index).astype(np.int64) - SINC_RADIUS_PX + 1
    taps = first + np.arange(2 * SINC_RADIUS_PX)[:, None, None]
    distance = index - taps
    weights = np.sinc(distance) * (0.5 + 0.5 * np.cos(np.pi * distance / SINC_RADIUS_PX))
    return np.clip(taps, 0, length - 1), weights / weights.sum(axis=0)


def recoloured_texture_energy(
    photo: Photo, colour: PhotoEdit, rows: slice, columns: slice, where: Mask
) -> float:
    """Energy of a photo's Laplacian after the linear part of an edit's colour maps, in (H, W)."""
    map_x, map_y, _ = colour.source_positions(rows, columns)
    laplacian = cv2.Laplacian(photo.pixels[rows, columns].astype(np.float32), cv2.CV_32F)
    planes = to_planes(laplacian.reshape(*map_x.shape, photo.channels))
    nothing = [np.zeros_like(plane) for plane in planes]
    white = np.float32(photo.white_level)
    for levels, sign in ((list(map(np.copy, planes)), 1), (nothing, -1)):
        difference = colour.colour_differences(levels, white, map_x, map_y, rows, columns)
        if difference is not None:
            for plane, change in zip(planes, difference, strict=True):
                plane += sign * change
    return _mean_square(np.stack(planes, axis=2), where)


def edited_region(before: Pixels, after: Pixels) -> Mask:
    """Where two frames, uint8 (S, S, C), differ by EDITED_LEVELS in their local means."""
    return np.asarray(np.abs(colour_difference(before, after)).max(axis=2) >= EDITED_LEVELS)


def colour_difference(before: Pixels, after: Pixels) -> Values:
    """Difference of local mean colours in levels, (S, S, C)."""
    difference = after.astype(np.float64) - before
    blurred = cv2.blur(difference, (WINDOW_PX, WINDOW_PX))
    return np.asarray(blurred, np.float64).reshape(before.shape)


def estimated_motion(before: Pixels, after: Pixels) -> Values:
    """Motion from `after` to where it lay `before`, (S, S, 2), by DIS with variational refinement.

    Both are made grey and of even local brightness and contrast first, so that recolouring is not
    taken for motion.
    """
    engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    engine.setFinestScale(0)
    return engine.calc(_evened_out(after), _evened_out(before), None).astype(np.float64)  # type: ignore[call-overload]


def _evened_out(picture: Pixels) -> Pixels:
    grey = picture.astype(np.float64).mean(axis=2)
    mean = cv2.GaussianBlur(grey, (0, 0), NORMALISING_BLUR_PX)
    deviation = np.sqrt(cv2.GaussianBlur((grey - mean) ** 2, (0, 0), NORMALISING_BLUR_PX))
    return np.clip(128 + 50 * (grey - mean) / (deviation + NOISE_LEVELS), 0, 255).astype(np.uint8)


def correlation(a: Values, b: Values, where: Mask) -> float | None:
    """Pearson's correlation of two fields (H, W, K) over a region, all K together.

    None where either does not vary there.
    """
    if not where.any():
        return None
    chosen = np.stack([a[where].ravel(), b[where].ravel()])
    if (chosen.std(axis=1) < 1e-9).any():
        return None
    return float(np.asarray(np.corrcoef(chosen))[0, 1])
