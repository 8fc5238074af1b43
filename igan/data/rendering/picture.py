"""Drawing a shoe."""

import math

import cv2
import numpy as np

from igan.data.rendering.appearance import backdrop_level, surface_colour
from igan.data.rendering.geometry import BACKDROP, ShoeGeometry
from igan.data.rendering.parameters import ShoeParameters

SUPERSAMPLING = 2


def render(parameters: ShoeParameters, size: int) -> np.ndarray:
    """Draw a shoe as uint8 (size, size, 3), sRGB, on a light backdrop, antialiased."""
    shoe = ShoeGeometry(parameters)
    fine = size * SUPERSAMPLING
    x = (np.arange(fine, dtype=np.float32)[None, :] + 0.5) / fine
    y = (np.arange(fine, dtype=np.float32)[:, None] + 0.5) / fine
    colour = _backdrop(shoe, x, y)
    rows = slice(max(math.floor(shoe.top_y * fine), 0), math.ceil(shoe.ground_y * fine))
    _paint_shoe(colour[rows], shoe, x, y[rows])
    pixels = cv2.resize(colour, (size, size), interpolation=cv2.INTER_AREA)
    return np.rint(255 * pixels).astype(np.uint8)


def seen_colour(shoe: ShoeGeometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the colour float32 (..., 3) seen at picture coordinates x and y, which broadcast."""
    colour = _backdrop(shoe, x, y)
    _paint_shoe(colour, shoe, x, y)
    return colour


def _backdrop(shoe: ShoeGeometry, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.repeat(backdrop_level(shoe, x, y)[..., None], 3, axis=-1)


def _paint_shoe(colour: np.ndarray, shoe: ShoeGeometry, x: np.ndarray, y: np.ndarray) -> None:
    points = shoe.locate(x, y)
    on_shoe = np.flatnonzero(points.part != BACKDROP)
    diffuse, highlight = surface_colour(shoe, points.flat(on_shoe))
    colour.reshape(-1, 3)[on_shoe] = np.clip(diffuse + highlight, 0, 1)
