"""The brushes that are drawn elsewhere: a painted picture, and a drawing of edges.

They are the input of the released iGAN script (a colour map with its mask, and an edge map), as
small PNG files inside of the document.
"""

import base64
import binascii
import io
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from serve.errors import EditError, PhotoError
from serve.latent.constraints.values import (
    COORDINATE_SCHEMA,
    FURTHEST_PX,
    STRENGTH_SCHEMA,
    brush_schema,
    check_strength,
    read_strength,
)
from serve.latent.fields import Fields, is_number
from serve.photo.depth import to_uint8
from serve.photo.frame import Box, PhotoFrame
from serve.photo.photo import decode_photo

LARGEST_SIDE_PX = 1024
LARGEST_PNG_BYTES = 4 * 2**20
LUMA = np.array([0.299, 0.587, 0.114])
"""ITU-R BT.601: what a colour is to a one-channel model."""

BOX_SCHEMA = {"type": "array", "items": COORDINATE_SCHEMA, "minItems": 4, "maxItems": 4}
PNG_SCHEMA = {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}

Array = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class _PictureBrush:
    """What both have: a PNG file, where it lies on the photo, and its pixels once decoded."""

    brush: ClassVar[str]
    about: ClassVar[str]

    png: str
    box: Box
    strength: float = 1.0
    pixels: Pixels = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_strength(self.strength)
        if not all(is_number(edge) and abs(edge) <= FURTHEST_PX for edge in self.box):
            raise EditError("'box' must be four numbers within a million pixels.")
        x0, y0, x1, y1 = self.box
        if not (x1 > x0 and y1 > y0):
            raise EditError("'box' is empty; give left, top, right, bottom in pixels of the photo.")
        object.__setattr__(self, "pixels", self._read(_decoded(self.png)))

    @classmethod
    def from_pixels(cls, pixels: Pixels, box: Box, strength: float = 1.0) -> Self:
        """From uint8 (H, W, C): RGBA with what is clear unmarked, or grey."""
        buffer = io.BytesIO()
        Image.fromarray(pixels if pixels.shape[2] == 4 else pixels[..., 0]).save(buffer, "PNG")
        return cls(base64.b64encode(buffer.getvalue()).decode("ascii"), box, strength)

    @classmethod
    def from_fields(cls, fields: Fields) -> Self:
        x0, y0, x1, y1 = fields.numbers("box", 4)
        return cls(fields.text("png"), (x0, y0, x1, y1), read_strength(fields))

    def to_json(self) -> dict[str, Any]:
        return {
            "brush": self.brush,
            "png": self.png,
            "box": list(self.box),
            "strength": self.strength,
        }

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        properties = {"png": PNG_SCHEMA, "box": BOX_SCHEMA, "strength": STRENGTH_SCHEMA}
        return brush_schema(cls.brush, cls.about, properties, optional=["strength"])

    def _read(self, pixels: Pixels) -> Pixels:
        """The pixels that the brush works with, of uint8 (H, W, 4)."""
        raise NotImplementedError

    def _on_grid(self, values: Array, frame: PhotoFrame) -> Array:
        """Area averages of (H, W, K) over the network's pixels, (S, S, K), zero beside the box."""
        x0, y0, x1, y1 = self.box
        left, top, right, bottom = frame.region
        height, width = values.shape[:2]
        size = frame.network_size_px
        rows = _overlaps((top - y0) / (y1 - y0), (bottom - y0) / (y1 - y0), size, height)
        columns = _overlaps((left - x0) / (x1 - x0), (right - x0) / (x1 - x0), size, width)
        return np.einsum("ih,hwk,jw->ijk", rows, values, columns, optimize=True)


@dataclass(frozen=True)
class ColourPicture(_PictureBrush):
    """A painted picture over a box of the photo: where it is not clear, pixels shall look like it.

    Attributes:
        png: a PNG file in base64, at most 1024 pixels a side; its alpha is the mask.
        box: (left, top, right, bottom) of the picture in photo coordinates; it may leave the photo.
        strength: how much it counts, above 0 to 1.
        pixels: uint8 (H, W, 4), the decoded picture.

    Raises:
        EditError: a value is out of its range, or the file is no such picture.
    """

    brush = "colour_picture"
    about = "Pixels shall look like this picture where it is not clear."

    def _read(self, pixels: Pixels) -> Pixels:
        if not pixels[..., 3].any():
            raise EditError("the picture is clear everywhere, so that it marks nothing.")
        return pixels

    def marks(self, frame: PhotoFrame) -> Array:
        """The share of each network pixel that is marked, (S, S) in [0, 1]."""
        return self._on_grid(self.pixels[..., 3:] / 255, frame)[..., 0].clip(0, 1)

    def colours(self, frame: PhotoFrame, channels: int) -> Array:
        """What the marked part of each network pixel shall be, (channels, S, S) in [-1, 1]."""
        levels = self.pixels[..., :3] / 127.5 - 1
        if channels == 1:
            levels = levels @ LUMA[:, None]
        alpha = self.pixels[..., 3:] / 255
        painted = self._on_grid(np.concatenate([levels * alpha, alpha], axis=2), frame)
        marked = painted[..., -1:]
        nothing = np.zeros_like(painted[..., :-1])
        colour = np.divide(painted[..., :-1], marked, out=nothing, where=marked > 0)
        return colour.clip(-1, 1).transpose(2, 0, 1)


@dataclass(frozen=True)
class SketchPicture(_PictureBrush):
    """A drawing over a box of the photo: edges shall run where its lines are.

    Attributes:
        png: a PNG file in base64, at most 1024 pixels a side: white lines on black.
        box: (left, top, right, bottom) of the drawing in photo coordinates; it may leave the photo.
        strength: how much it counts, above 0 to 1.
        pixels: uint8 (H, W, 1), the decoded drawing.

    Raises:
        EditError: a value is out of its range, or the file is no such drawing.
    """

    brush = "sketch_picture"
    about = "Edges shall run along the white lines of this picture."

    def _read(self, pixels: Pixels) -> Pixels:
        opaque = pixels[..., 3:] / 255
        lines = np.rint(pixels[..., :3].max(axis=2, keepdims=True) * opaque).astype(np.uint8)
        if not lines.any():
            raise EditError("the edge map is black everywhere, so that it asks for nothing.")
        if lines.mean() > 127:
            raise EditError("the edge map is mostly white; it must hold white lines on black.")
        return lines

    def marks(self, frame: PhotoFrame) -> Array:
        """The share of each network pixel under a line, (S, S) in [0, 1]."""
        return self._on_grid(self.pixels / 255, frame)[..., 0].clip(0, 1)


def _overlaps(first: float, last: float, cells: int, pixels: int) -> Array:
    """Which share of each cell lies on each pixel along one axis, (cells, pixels).

    The cells divide the stretch from `first` to `last`, the pixels that from 0 to 1.
    """
    edges = np.linspace(first, last, cells + 1) * pixels
    starts = np.maximum(edges[:-1, None], np.arange(pixels))
    ends = np.minimum(edges[1:, None], np.arange(pixels) + 1)
    return (ends - starts).clip(0) / np.diff(edges)[:, None]


def _decoded(png: str) -> Pixels:
    """uint8 (H, W, 4) of a PNG file in base64."""
    try:
        data = base64.b64decode(png, validate=True)
    except (binascii.Error, ValueError):
        raise EditError("'png' is not base64; put a PNG file there.") from None
    if len(data) > LARGEST_PNG_BYTES:
        raise EditError(f"'png' has {len(data):,} bytes, above {LARGEST_PNG_BYTES:,}; reduce it.")
    try:
        photo = decode_photo(data, "'png'")
    except PhotoError as error:
        raise EditError(str(error)) from None
    if max(photo.width_px, photo.height_px) > LARGEST_SIDE_PX:
        raise EditError(
            f"'png' is {photo.width_px} x {photo.height_px} pixels, above {LARGEST_SIDE_PX}; "
            "reduce it."
        )
    colours = to_uint8(photo.as_rgb().pixels)
    opaque = np.full(colours.shape[:2], 255, np.uint8)
    marks = opaque if photo.alpha is None else to_uint8(photo.alpha)
    return np.concatenate([colours, marks[..., None]], axis=2)
