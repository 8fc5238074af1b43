"""Strokes as a person sees them, drawn over the square that the network sees."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL import Image, ImageDraw

    from serve.latent.constraints import Constraint, Point
    from serve.photo.frame import PhotoFrame

INK = (20, 20, 24)
HALO = (255, 255, 255)
KEPT = (40, 150, 80)
ERASED = (250, 250, 250)
DRAGGED = (230, 60, 160)
SEE_THROUGH = 130
"""Of 255, for what must not hide the photo."""

LEAST_WIDTH_PX = 2.0
FURTHEST_PX = 1e4
"""Places further off are drawn no further off; the drawing library counts in 32 bits."""


def strokes_shown(
    square: "npt.NDArray[np.uint8]", frame: "PhotoFrame", constraints: "Sequence[Constraint]"
) -> "npt.NDArray[np.uint8]":
    """Draw strokes over the frame's square, shown as uint8 (H, H, 3) of any size H."""
    import numpy as np
    from PIL import Image

    from serve.latent.constraints import (
        ColourPicture,
        ColourStroke,
        EraseStroke,
        KeepStroke,
        PatchDrag,
        PointDrag,
        SketchPicture,
        SketchStroke,
    )

    board = _Board(square, frame)
    for constraint in constraints:
        match constraint:
            case ColourStroke():
                red, green, blue = (round(level) for level in constraint.colour)
                board.stroke(constraint.points, constraint.width_px, (red, green, blue, 255))
            case SketchStroke():
                board.stroke(constraint.points, constraint.width_px, (*HALO, 255), more_px=3)
                board.stroke(constraint.points, constraint.width_px, (*INK, 255))
            case KeepStroke():
                board.stroke(constraint.points, constraint.width_px, (*KEPT, SEE_THROUGH))
            case EraseStroke():
                board.stroke(constraint.points, constraint.width_px, (*ERASED, SEE_THROUGH))
            case PatchDrag():
                right, down = constraint.move
                there = [(x + right, y + down) for x, y in constraint.outline]
                board.outline(constraint.outline)
                board.outline(there)
                board.arrow(_middle(constraint.outline), _middle(there))
            case PointDrag():
                board.arrow(constraint.handle, constraint.target)
            case ColourPicture() | SketchPicture():
                coarse = constraint.marks(frame)
                colours = (
                    np.moveaxis(constraint.colours(frame, 3), 0, 2)
                    if isinstance(constraint, ColourPicture)
                    else np.full((*coarse.shape, 3), -1.0)
                )
                painted = np.dstack([(colours + 1) * 127.5, coarse * 255])
                board.paste(Image.fromarray(painted.round().astype(np.uint8)))
    return board.pixels()


def _middle(points: "Sequence[Point]") -> "Point":
    return (
        sum(x for x, _ in points) / len(points),
        sum(y for _, y in points) / len(points),
    )


class _Board:
    """A square with layers of paint, in photo coordinates."""

    def __init__(self, square: "npt.NDArray[np.uint8]", frame: "PhotoFrame") -> None:
        from PIL import Image

        self._image = Image.fromarray(square).convert("RGBA")
        self._frame = frame
        self._scale = len(square) / frame.network_size_px
        self._px_per_photo_px = self._scale / max(frame.scale_xy)

    def stroke(
        self,
        points: "Sequence[Point]",
        width_px: float,
        paint: tuple[int, int, int, int],
        more_px: float = 0,
    ) -> None:
        width = max(width_px * self._px_per_photo_px, LEAST_WIDTH_PX) + more_px
        places = self._places(points)
        radius = min(width, 2 * FURTHEST_PX) / 2

        def draw(on: "ImageDraw.ImageDraw") -> None:
            on.line(places, paint, round(2 * radius), joint="curve")
            for x, y in places:
                box = (x - radius, y - radius, x + radius, y + radius)
                on.ellipse(box, paint)

        self._layer(draw)

    def outline(self, points: "Sequence[Point]") -> None:
        places = self._places([*points, points[0]])
        self._layer(lambda on: on.line(places, (*DRAGGED, 255), 2))

    def arrow(self, start: "Point", end: "Point") -> None:
        (x0, y0), (x1, y1) = self._places([start, end])
        length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
        right, down = (x1 - x0) / length, (y1 - y0) / length
        head = [
            (x1, y1),
            (x1 - 9 * right + 5 * down, y1 - 9 * down - 5 * right),
            (x1 - 9 * right - 5 * down, y1 - 9 * down + 5 * right),
        ]

        def draw(on: "ImageDraw.ImageDraw") -> None:
            paint = (*DRAGGED, 255)
            on.line([(x0, y0), (x1, y1)], paint, 2)
            on.ellipse((x0 - 4, y0 - 4, x0 + 4, y0 + 4), paint)
            on.polygon(head, paint)

        self._layer(draw)

    def paste(self, coarse: "Image.Image") -> None:
        from PIL import Image

        enlarged = coarse.resize(self._image.size, Image.Resampling.NEAREST)
        self._image.alpha_composite(enlarged)

    def pixels(self) -> "npt.NDArray[np.uint8]":
        import numpy as np

        return np.asarray(self._image.convert("RGB"))

    def _layer(self, draw: "Callable[[ImageDraw.ImageDraw], None]") -> None:
        from PIL import Image, ImageDraw

        layer = Image.new("RGBA", self._image.size)
        draw(ImageDraw.Draw(layer))
        self._image.alpha_composite(layer)

    def _places(self, points: "Sequence[Point]") -> list[tuple[float, float]]:
        import numpy as np

        places = self._frame.photo_to_grid(points) * self._scale
        return [(float(x), float(y)) for x, y in np.clip(places, -FURTHEST_PX, FURTHEST_PX)]
