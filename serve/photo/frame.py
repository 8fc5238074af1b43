"""The frame that ties a region of a photo to a network's square."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from serve.errors import EditError
from serve.photo.area_average import resampled_square
from serve.photo.colour_space import to_srgb
from serve.photo.photo import Photo
from serve.photo.resampling import resample_region

Box = tuple[float, float, float, float]
Padding = Literal["replicate", "constant"]


@dataclass(frozen=True)
class PhotoFrame:
    """Where in a photo the network's square lies.

    Photo coordinates are float pixels of the upright photo, grid coordinates pixels of the
    network's square; in both the origin is the corner and pixel centres lie at +0.5.

    Attributes:
        region: (x0, y0, x1, y1) in photo coordinates; it may leave the photo but must touch it.
        network_size_px: side of the network's square.
        padding: what stands beyond the photo: its border pixels, or `padding_colour`.
        padding_colour: RGB, 0 to 255.

    Raises:
        EditError: the values do not make a frame.
    """

    photo_width_px: int
    photo_height_px: int
    region: Box
    network_size_px: int
    padding: Padding = "replicate"
    padding_colour: tuple[int, int, int] = (255, 255, 255)

    def __post_init__(self) -> None:
        if self.photo_width_px < 1 or self.photo_height_px < 1 or self.network_size_px < 1:
            raise EditError("A photo frame needs sizes of at least one pixel; make the frame anew.")
        if not all(math.isfinite(edge) for edge in self.region):
            raise EditError("The region of a photo frame must be finite; give another box.")
        x0, y0, x1, y1 = self.region
        if not (x1 > x0 and y1 > y0):
            raise EditError(
                f"The region {_described(self.region)} is empty; "
                "give left, top, right, bottom with right > left and bottom > top."
            )
        if x1 <= 0 or y1 <= 0 or x0 >= self.photo_width_px or y0 >= self.photo_height_px:
            raise EditError(
                f"The region {_described(self.region)} lies outside the photo of "
                f"{self.photo_width_px} x {self.photo_height_px} pixels; move it onto the photo."
            )
        if self.padding not in get_args(Padding):
            known = " or ".join(get_args(Padding))
            raise EditError(f"The padding {self.padding!r} is unknown; use {known}.")
        if not all(0 <= level <= 255 for level in self.padding_colour):
            raise EditError("A padding colour has three levels from 0 to 255; correct it.")

    @classmethod
    def whole(
        cls,
        photo: Photo,
        network_size_px: int,
        padding: Padding = "replicate",
        padding_colour: tuple[int, int, int] = (255, 255, 255),
    ) -> Self:
        """Frame the smallest centred square that holds the whole photo."""
        return cls._centred(
            photo, max(photo.width_px, photo.height_px), network_size_px, padding, padding_colour
        )

    @classmethod
    def centre_square(cls, photo: Photo, network_size_px: int) -> Self:
        """Frame the largest centred square inside the photo."""
        return cls._centred(photo, min(photo.width_px, photo.height_px), network_size_px)

    @classmethod
    def box(
        cls,
        photo: Photo,
        network_size_px: int,
        box: Box,
        padding: Padding = "replicate",
        padding_colour: tuple[int, int, int] = (255, 255, 255),
    ) -> Self:
        """Frame a box as given; one that is not square is squeezed into the network's square."""
        x0, y0, x1, y1 = (float(edge) for edge in box)
        return cls(
            photo.width_px,
            photo.height_px,
            (x0, y0, x1, y1),
            network_size_px,
            padding,
            padding_colour,
        )

    @classmethod
    def _centred(
        cls,
        photo: Photo,
        side_px: int,
        network_size_px: int,
        padding: Padding = "replicate",
        padding_colour: tuple[int, int, int] = (255, 255, 255),
    ) -> Self:
        x0 = (photo.width_px - side_px) / 2
        y0 = (photo.height_px - side_px) / 2
        region = (x0, y0, x0 + side_px, y0 + side_px)
        return cls.box(photo, network_size_px, region, padding, padding_colour)

    @property
    def scale_xy(self) -> tuple[float, float]:
        """Photo pixels per network pixel, across and down."""
        x0, y0, x1, y1 = self.region
        return (x1 - x0) / self.network_size_px, (y1 - y0) / self.network_size_px

    def photo_to_grid(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map photo coordinates (K, 2) to grid coordinates (K, 2)."""
        return (np.asarray(points, dtype=np.float64) - self.region[:2]) / self.scale_xy

    def grid_to_photo(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map grid coordinates (K, 2) to photo coordinates (K, 2)."""
        return np.asarray(points, dtype=np.float64) * self.scale_xy + self.region[:2]

    def picture(self, photo: Photo, channels: int) -> npt.NDArray[np.uint8]:
        """Cut the network's square from a photo, uint8 (S, S, channels), channels 3 or 1.

        Colours become sRGB by the photo's profile, what is clear is laid over white, and what
        shrinks is averaged over its area: the picture that `igan data import` keeps of the same
        region. A padding colour is in the photo's own colour space.

        Raises:
            ValueError: the photo is of another size than the frame's.
        """
        square = to_srgb(self.crop(photo.as_uint8(photo.channels)), photo.icc_profile)
        return Photo(square).as_uint8(channels)

    def crop(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Resample the region of `pixels`, uint8 (H, W, C), to uint8 (S, S, C), antialiased.

        For pixels that are sRGB already, or that stand for something else than colours; a photo
        goes through `picture`.

        Raises:
            ValueError: the pixels are of another size than the frame's photo.
        """
        expected = (self.photo_height_px, self.photo_width_px)
        if pixels.ndim != 3 or pixels.shape[:2] != expected:
            raise ValueError(f"pixels {pixels.shape} are not those of the photo {expected}")
        if self.padding == "replicate":
            return resampled_square(pixels, self.region, self.network_size_px)
        colour = np.asarray(self.padding_colour, dtype=np.float32)
        if pixels.shape[2] == 1:
            colour = colour.mean(keepdims=True)
        size = (self.network_size_px, self.network_size_px)
        square = resample_region(pixels, self.region, size, colour)
        return np.rint(np.clip(square, 0, 255)).astype(np.uint8)

    def to_json(self) -> dict[str, Any]:
        """Return what `json.dumps` can write and `from_json` reads back to an equal frame."""
        return {
            "photo_width_px": self.photo_width_px,
            "photo_height_px": self.photo_height_px,
            "region": list(self.region),
            "network_size_px": self.network_size_px,
            "padding": self.padding,
            "padding_colour": list(self.padding_colour),
        }

    @classmethod
    def from_json(cls, document: object) -> Self:
        """Read a frame from what `json.loads` gave.

        Raises:
            EditError: a key is missing, unknown or of the wrong kind, or the values do not make a
                frame.
        """
        if not isinstance(document, Mapping):
            raise EditError("A photo frame is a JSON object; the edit holds something else there.")
        known = [field.name for field in fields(cls)]
        for key in document:
            if key not in known:
                raise EditError(
                    f"The photo frame has an unknown key {key!r}; the known ones are "
                    f"{', '.join(known)}."
                )
        padding = document.get("padding", "replicate")
        if not isinstance(padding, str):
            raise EditError("The photo frame's padding must be a word; correct it in the edit.")
        x0, y0, x1, y1 = _numbers(document, "region", 4)
        colour = [255, 255, 255]
        if "padding_colour" in document:
            colour = [round(level) for level in _numbers(document, "padding_colour", 3)]
        return cls(
            photo_width_px=_whole_number(document, "photo_width_px"),
            photo_height_px=_whole_number(document, "photo_height_px"),
            region=(x0, y0, x1, y1),
            network_size_px=_whole_number(document, "network_size_px"),
            padding=padding,  # type: ignore[arg-type]  # __post_init__ refuses others
            padding_colour=(colour[0], colour[1], colour[2]),
        )


def _described(region: Box) -> str:
    return "({})".format(", ".join(f"{edge:g}" for edge in region))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole_number(document: Mapping[str, Any], key: str) -> int:
    value = document.get(key)
    if not _is_number(value) or value != int(value):  # type: ignore[arg-type]
        raise EditError(f"The photo frame needs a whole number {key!r}; add it to the edit.")
    return int(value)


def _numbers(document: Mapping[str, Any], key: str, count: int) -> list[float]:
    values = document.get(key)
    if (
        not isinstance(values, list | tuple)
        or len(values) != count
        or not all(map(_is_number, values))
    ):
        raise EditError(
            f"The photo frame needs {count} numbers as {key!r}; correct it in the edit."
        )
    return [float(value) for value in values]
