"""The plain ground behind an object: where a photo shows nothing but one colour."""

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
import numpy.typing as npt

from serve.photo.frame import PhotoFrame
from serve.photo.photo import Photo
from serve.transfer.separable import reduced

FloatArray = npt.NDArray[np.float32]

SIDE_PX = 1024
"""The ground is sought on a copy of the photo whose longer side is at most this."""

BORDER_SHARE = 0.6
"""At least this share of the picture's border must show the ground's colour."""

LEAST_SHARE = 0.1
"""Less ground than this share of the picture is none."""

TOLERANCE = 3
"""Levels of 255 by which a photographed ground may vary."""

RIPPLES = 4
"""Single pixels of the ground may differ by this many times as much as their mean."""

CREVICE_PX = 3
"""So far it does reach into crevices."""

PASSAGE_SHARE = 0.008
"""Ground reaches no further through passages narrower than this share of the longer side."""

SAMPLES_PER_GRID_PX = 4

DISAGREEING_WEIGHT = 0.05

OUTLINE_PX = 3
"""Pixels of the copy nearer than this to the ground may be mixed with it."""


@dataclass(frozen=True, eq=False)
class Ground:
    """How much of the plain ground each place of a photo shows.

    Attributes:
        share: uint8 (h, w), 255 where there is nothing else, on a copy of the photo.
        photo_px_per_px: (x, y), photo pixels per pixel of the copy.
    """

    share: npt.NDArray[np.uint8]
    photo_px_per_px: tuple[float, float]

    @classmethod
    def of(cls, photo: Photo) -> Self | None:
        """Find a photo's ground; None when it has none."""
        shrink = min(1.0, SIDE_PX / max(photo.width_px, photo.height_px))
        width_px, height_px = (
            max(1, round(side * shrink)) for side in (photo.width_px, photo.height_px)
        )

        def reduced_to_copy(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
            copy = cv2.resize(samples, (width_px, height_px), interpolation=cv2.INTER_AREA)
            return np.asarray(copy).reshape(height_px, width_px, *samples.shape[2:])

        copy = Photo(
            reduced_to_copy(photo.pixels),
            alpha=None if photo.alpha is None else reduced_to_copy(photo.alpha),
        )
        smaller = copy.as_uint8(3)
        mask = find_ground(smaller, TOLERANCE)
        if mask is None:
            return None
        colour = np.median(smaller[mask], axis=0).astype(np.float32)
        share = _matte(mask, smaller, colour)
        return cls(share, (photo.width_px / width_px, photo.height_px / height_px))

    def on_copy(self, photo: Photo) -> Self:
        """The same ground on a copy of the photo in another size."""
        height, width = self.share.shape
        return type(self)(self.share, (photo.width_px / width, photo.height_px / height))

    def at(self, x: FloatArray, y: FloatArray) -> FloatArray | float:
        """Read the share at photo coordinates, float32 (H, W) each.

        Returns:
            float32 (H, W) in [0, 1], or that number itself where it is everywhere 0 or 1.
        """
        height, width = self.share.shape
        index_x = x / np.float32(self.photo_px_per_px[0]) - np.float32(0.5)
        index_y = y / np.float32(self.photo_px_per_px[1]) - np.float32(0.5)
        left, right = _stretch(index_x, width)
        top, bottom = _stretch(index_y, height)
        part = self.share[top:bottom, left:right]
        for level, number in ((0, 0.0), (255, 1.0)):
            if (part == level).all():
                return number
        read = cv2.remap(
            part.astype(np.float32),
            index_x - np.float32(left),
            index_y - np.float32(top),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(read, np.float32) / np.float32(255)

    def on_grid(self, frame: PhotoFrame) -> FloatArray:
        """Average the share over the pixels of the network's grid, float32 (S, S) in [0, 1]."""
        size = frame.network_size_px
        fine = (np.arange(SAMPLES_PER_GRID_PX * size) + 0.5) / SAMPLES_PER_GRID_PX
        points = frame.grid_to_photo(np.stack([fine, fine], axis=1)).astype(np.float32)
        share = self.at(*np.meshgrid(points[:, 0], points[:, 1]))
        if isinstance(share, float):
            return np.full((size, size), share, dtype=np.float32)
        return reduced(share, (size, size))


def layer_weights(
    ground: FloatArray, first_frame: npt.NDArray[np.uint8], tolerance: int
) -> tuple[FloatArray, FloatArray]:
    """Where the frames tell of the things in a photo, and where of its ground.

    What both the photo and the first frame take for ground counts for the ground, what neither
    does for the things; a projection's outline is never quite the photo's, and what lies between
    the two counts little for either.

    Args:
        ground: the photo's on the grid, float32 (S, S) in [0, 1].
        first_frame: G(z0), uint8 (S, S, C).
        tolerance: see `find_ground`; generated ground is less even than photographed.

    Returns:
        The weights of things and of ground, float32 (1, 1, S, S) in [0, 1] each.
    """
    drawn = find_ground(first_frame, tolerance)
    drawn_ground = ground if drawn is None else drawn.astype(np.float32)
    things = (1 - ground) * np.maximum(1 - drawn_ground, DISAGREEING_WEIGHT)
    behind = ground * np.maximum(drawn_ground, DISAGREEING_WEIGHT)
    return things[None, None], behind[None, None]


def find_ground(pixels: npt.NDArray[np.uint8], tolerance: int) -> npt.NDArray[np.bool_] | None:
    """Find what is reached from the border without leaving its colour.

    Args:
        pixels: uint8 (H, W, C).
        tolerance: levels by which the ground may differ from the border's median colour.

    Returns:
        bool (H, W), or None when too little of the border or of the picture is ground.
    """
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = np.median(border, axis=0).astype(np.float32)
    if (_distance(border[None], colour) <= tolerance).mean() < BORDER_SHARE:
        return None
    alike = _distance(cv2.medianBlur(pixels, 3), colour) <= tolerance
    # The ripples of JPEG around an outline average out.
    evened_out = _distance(cv2.GaussianBlur(pixels, (5, 5), 1.2), colour) <= tolerance
    alike |= evened_out & (_distance(pixels, colour) <= RIPPLES * tolerance)
    ground = _without_specks(_reached_from_outside(alike, PASSAGE_SHARE * max(alike.shape)))
    return ground if ground.mean() >= LEAST_SHARE else None


def _distance(pixels: npt.NDArray[Any], colour: FloatArray) -> npt.NDArray[np.uint8]:
    """Levels between pixels and a colour: of grey, or a third of the largest of the channels.

    JPEG spreads hues further than brightness.

    Args:
        pixels: uint8 (H, W, C), or (H, W) of one channel.
        colour: (C,).

    Returns:
        uint8 (H, W).
    """
    levels = np.rint(colour).astype(np.uint8)
    if len(levels) == 1:
        return _apart(pixels.reshape(pixels.shape[:2]), levels)
    red, green, blue = cv2.split(_apart(pixels, levels))
    grey = cv2.cvtColor(levels[None, None], cv2.COLOR_RGB2GRAY)
    of_grey = _apart(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8), grey)
    third = np.maximum.reduce([red, green, blue]) // 3
    return np.maximum(of_grey, third.astype(np.uint8))


def _apart(pixels: npt.NDArray[np.uint8], levels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    return np.maximum(pixels, levels) - np.minimum(pixels, levels)


def _reached_from_outside(
    alike: npt.NDArray[np.bool_], narrowest_px: float
) -> npt.NDArray[np.bool_]:
    """What discs of a diameter reach when they roll in from all around."""
    radius = max(1, round(narrowest_px / 2))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    margin = 2 * radius + 1
    around = cv2.copyMakeBorder(
        alike.astype(np.uint8), margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=1
    )
    roomy = np.asarray(cv2.erode(around, disc, borderType=cv2.BORDER_CONSTANT, borderValue=1))
    cv2.floodFill(roomy, None, (0, 0), 2)
    reached = np.minimum(cv2.dilate((roomy == 2).astype(np.uint8), disc), around)
    for _ in range(CREVICE_PX):
        reached = np.minimum(cv2.dilate(reached, np.ones((3, 3), np.uint8)), around)
    return np.asarray(reached[margin:-margin, margin:-margin], dtype=bool)


def _without_specks(ground: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Drop things of one or two pixels."""
    things = cv2.morphologyEx((~ground).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(things == 0)


def _matte(
    ground: npt.NDArray[np.bool_], pixels: npt.NDArray[np.uint8], colour: FloatArray
) -> npt.NDArray[np.uint8]:
    """Solve the mixing equation along the outline of the ground.

    There a pixel is (1 - a) times the ground's colour plus a times that of a thing, which is taken
    to be as far from the ground's as the farthest pixel around: a is the ratio of the distances.

    Returns:
        uint8 (H, W), 255 (1 - a).
    """
    distance = _distance(pixels, colour)
    window = np.ones((2 * OUTLINE_PX + 1, 2 * OUTLINE_PX + 1), dtype=np.uint8)
    farthest = np.asarray(cv2.dilate(distance, window))
    things = (~ground).astype(np.uint8)
    inner = cv2.erode(things, window, borderType=cv2.BORDER_REPLICATE)
    opacity = np.where(inner == 1, 1, things * distance / np.maximum(farthest, 1.0))
    return np.asarray(np.rint(255 * (1 - opacity)), dtype=np.uint8)


def _stretch(index: FloatArray, length: int) -> tuple[int, int]:
    start = int(np.clip(np.floor(index.min()), 0, length - 1))
    stop = int(np.clip(np.ceil(index.max()) + 1, start + 1, length))
    return start, stop
