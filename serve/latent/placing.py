"""Where in a photo the model finds most of it again: the frame that `found` stands for.

Square frames of many sizes at many places go through the projection network in batches, a coarse
set first and then smaller and smaller steps around the best of them (a search over space before the
one over latents, as in Huh, Zhang, Zhu, Paris, Hertzmann, "Transforming and Projecting Images into
Class-conditional Generative Networks", 2020).

The projection loss alone cannot compare frames: an empty corner of the ground has next to none.
What counts is how much of the photo an answer explains,

    r^2 * (mean squared contrast of the frame with the photo's ground) * (area of the frame)

with r the correlation of the frame with the answer to it, both without their mean colour, so that a
thing on a ground darker than the model's is found all the same. Too wide a frame is answered badly,
too narrow a one leaves out what could have been explained.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from serve.errors import BundleError
from serve.latent.bounds import Bounds
from serve.latent.projection import IMAGES_AT_ONCE, network_latents
from serve.photo.area_average import resampled_square
from serve.photo.colour_space import to_srgb
from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.photo.pixels import pixels_to_tensor

if TYPE_CHECKING:
    from serve.bundle import Bundle

Pixels = npt.NDArray[np.uint8]
Squares = npt.NDArray[np.float64]
"""(M, 3): left, top and side of each, in pixels of the reduced photo."""

LEAST_SHARE = 0.35
"""Side of the smallest frame, of the photo's shorter side."""

SIDE_RATIO = 0.8
STEPS_PER_SIDE = 3
KEPT = 3
KEPT_OVERLAP = 0.5
ROUNDS = 4
FIRST_SHIFT, FIRST_GROWTH = 1 / 6, 0.12
_TINY = 1e-9


@dataclass(frozen=True)
class FoundFrame:
    """Where the model finds most of a photo.

    Attributes:
        frame: a square of whole pixels.
        explained: share of the photo's contrast with its ground that the network's answer explains.
        frames_tried: how many were compared.
    """

    frame: PhotoFrame
    explained: float
    frames_tried: int


def find_frame(
    bundle: "Bundle", photo: Photo, on_frames: Callable[[int], object] = lambda frames: None
) -> FoundFrame:
    """Find the square of a photo that the bundle's projection network explains most with.

    Frames are not smaller than `LEAST_SHARE` of the photo's shorter side, nor than the network, and
    not larger than the whole photo.

    Args:
        on_frames: gets the number of frames of each batch that was compared.

    Raises:
        BundleError: the bundle has no projection network.
    """
    if bundle.projector is None:
        raise BundleError(
            f"the bundle {bundle.manifest.name} has no projection network, by which a frame is "
            "found; frame the photo by centre, whole or a box."
        )
    search = _Search(bundle, photo)
    squares = search.coarse_squares()
    explained = search.explained(squares)
    on_frames(len(squares))
    tried = len(squares)
    best = _distinct(squares, explained)
    squares, explained = squares[best], explained[best]
    for number in range(ROUNDS):
        around = search.neighbours(squares, 0.5**number)
        found = search.explained(around.reshape(-1, 3)).reshape(around.shape[:2])
        on_frames(found.size)
        tried += found.size
        chosen, rows = found.argmax(1), np.arange(len(squares))
        better = found[rows, chosen] > explained
        squares[better] = around[rows, chosen][better]
        explained[better] = found[rows, chosen][better]
    winner = int(explained.argmax())
    return FoundFrame(search.frame(squares[winner]), float(explained[winner]), tried)


class _Search:
    """One photo, made so small that the smallest frame is as large as the network's square."""

    def __init__(self, bundle: "Bundle", photo: Photo) -> None:
        self._bundle, self._photo = bundle, photo
        self._bounds = Bounds.from_pair(bundle.manifest.latent.bounds)
        size = bundle.manifest.image.size
        shorter = min(photo.width_px, photo.height_px)
        least_px = min(shorter, max(size, LEAST_SHARE * shorter))
        self._shrink = min(1.0, size / least_px)
        self.pixels = _reduced(photo, self._shrink, bundle.manifest.image.channels)
        self.height_px, self.width_px = self.pixels.shape[:2]
        self.longest_px = float(max(self.pixels.shape[:2]))
        self.least_px = float(min(*self.pixels.shape[:2], max(1.0, least_px * self._shrink)))
        border = np.concatenate(
            [self.pixels[0], self.pixels[-1], self.pixels[:, 0], self.pixels[:, -1]]
        )
        self._ground = torch.from_numpy(np.median(border, axis=0).astype(np.float32) / 127.5 - 1)
        contrast = pixels_to_tensor(self.pixels[None])[0] - self._ground[:, None, None]
        self._energy = max(float(contrast.square().mean(0).sum()), _TINY)

    def coarse_squares(self) -> Squares:
        """Squares of all sizes, the whole and the centred square of the photo among them."""
        shorter = float(min(self.width_px, self.height_px))
        steps = int(np.log(self.least_px / self.longest_px) / np.log(SIDE_RATIO)) + 1
        sides = {shorter, *(self.longest_px * SIDE_RATIO**step for step in range(steps))}
        squares = [
            (left, top, side)
            for side in sorted(sides, reverse=True)
            for left in _places(side, self.width_px)
            for top in _places(side, self.height_px)
        ]
        return self._on_pixels(np.array([*squares, *self._centred(shorter)]))

    def _centred(self, side: float) -> list[tuple[float, float, float]]:
        return [((self.width_px - side) / 2, (self.height_px - side) / 2, side)]

    def neighbours(self, squares: Squares, share: float) -> Squares:
        """(M, 6, 3): each moved to four sides, grown and shrunk, by a share of the first step."""
        left, top, side = squares.T
        shift, growth = side * FIRST_SHIFT * share, FIRST_GROWTH * share
        moved = [
            (left - shift, top, side),
            (left + shift, top, side),
            (left, top - shift, side),
            (left, top + shift, side),
        ]
        for factor in (1 + growth, 1 / (1 + growth)):
            grown = np.clip(side * factor, self.least_px, self.longest_px)
            half = (grown - side) / 2
            moved.append((left - half, top - half, grown))
        candidates = np.stack([np.stack(one, axis=1) for one in moved], axis=1)
        return self._on_pixels(candidates.reshape(-1, 3)).reshape(candidates.shape)

    @torch.no_grad()
    def explained(self, squares: Squares) -> npt.NDArray[np.float64]:
        """The share of the photo's contrast that the answer to each square explains, (M,)."""
        shares = []
        for start in range(0, len(squares), IMAGES_AT_ONCE):
            part = squares[start : start + IMAGES_AT_ONCE]
            images = pixels_to_tensor(np.stack([self._cut(square) for square in part]))
            assert self._bundle.projector is not None
            latents = network_latents(self._bundle.projector, images, self._bounds)
            answers = self._bundle.generator(latents).to(images.device)
            contrast = (images - self._ground[:, None, None]).square().flatten(1).mean(1)
            area = torch.from_numpy(part[:, 2] ** 2)
            shares.append(_correlation(images, answers).clamp(min=0).square() * contrast * area)
        return torch.cat(shares).double().numpy() / self._energy

    def frame(self, square: npt.NDArray[np.float64]) -> PhotoFrame:
        """The frame of the photo that a square of the reduced photo stands for."""
        size = self._bundle.manifest.image.size
        side = round(float(square[2]) / self._shrink)
        shown = np.array([self.width_px, self.height_px])
        whole = np.array([self._photo.width_px, self._photo.height_px])
        left, top = np.rint((square[:2] + square[2] / 2) / shown * whole - side / 2)
        return PhotoFrame.box(self._photo, size, (left, top, left + side, top + side))

    def _cut(self, square: npt.NDArray[np.float64]) -> Pixels:
        left, top, side = (float(value) for value in square)
        region = (left, top, left + side, top + side)
        return resampled_square(self.pixels, region, self._bundle.manifest.image.size)

    def _on_pixels(self, squares: Squares) -> Squares:
        """Whole pixels, inside the photo, or around its middle where it is smaller."""
        sides = np.rint(squares[:, 2])
        placed = [
            np.where(
                sides >= length,
                np.floor((length - sides) / 2),
                np.clip(np.rint(squares[:, axis]), 0, np.maximum(length - sides, 0)),
            )
            for axis, length in enumerate((self.width_px, self.height_px))
        ]
        return np.stack([*placed, sides], axis=1)


def _reduced(photo: Photo, shrink: float, channels: int) -> Pixels:
    """sRGB pixels of the photo, smaller by `shrink`: uint8 (H, W, channels)."""
    pixels = photo.as_uint8(photo.channels)
    width, height = (max(1, round(side * shrink)) for side in (photo.width_px, photo.height_px))
    if shrink < 1:
        smaller = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
        pixels = np.asarray(smaller, np.uint8).reshape(height, width, -1)
    return Photo(to_srgb(pixels, photo.icc_profile)).as_uint8(channels)


def _places(side: float, length: int) -> npt.NDArray[np.float64]:
    """Where squares begin along an axis, from end to end, at most a third of their side apart."""
    if side >= length:
        return np.array([(length - side) / 2])
    room = length - side
    return np.linspace(0, room, int(np.ceil(room * STEPS_PER_SIDE / side)) + 1)


def _distinct(squares: Squares, explained: npt.NDArray[np.float64]) -> list[int]:
    """The best squares of which no two overlap much, the best first."""
    kept: list[int] = []
    for candidate in np.argsort(-explained, kind="stable").tolist():
        if all(_overlap(squares[candidate], squares[other]) < KEPT_OVERLAP for other in kept):
            kept.append(candidate)
        if len(kept) == KEPT:
            break
    return kept


def _overlap(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """Intersection over union."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(one[:2] + one[2], other[:2] + other[2])
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / float(one[2] ** 2 + other[2] ** 2 - shared)


def _correlation(images: Tensor, answers: Tensor) -> Tensor:
    """Of (N, C, H, W) each, over pixels and channels, each channel without its mean: (N,)."""
    first = images - images.mean((2, 3), keepdim=True)
    second = answers - answers.mean((2, 3), keepdim=True)
    product = (first * second).flatten(1).sum(1)
    norms = first.flatten(1).norm(dim=1) * second.flatten(1).norm(dim=1)
    return product / norms.clamp(min=_TINY)
