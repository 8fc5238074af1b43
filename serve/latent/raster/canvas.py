"""Where constraints of one kind are drawn over each other, oldest first."""

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from serve.latent.constraints import PatchDrag, SketchStroke
from serve.latent.hog import histograms, hog, normalised, pooled_over_cells
from serve.latent.raster.coverage import polygon_coverage, stroke_coverage
from serve.latent.raster.maps import ColourMap, HogMap, WarpTarget
from serve.photo.frame import PhotoFrame

NEAR_PX = 2.0
"""Standard deviation of the Gaussian within which edges count as near a sketched line, in network
pixels: where a line only roughly lies does not matter, and what else lies in its cells may stay."""

LEAST_COVERAGE = 1e-4
"""Less than this of a pixel, after erasing its edge again and again, is nothing."""

Array = npt.NDArray[np.float64]


class Canvas:
    """What is painted on each pixel, how much of it is covered, and how strongly.

    Attributes:
        painted: (channels, S, S), the paint times its share of the pixel.
        coverage: (S, S) in [0, 1].
        weight: (S, S), coverage times strength.
    """

    def __init__(self, channels: int, size_px: int) -> None:
        self.painted = np.zeros((channels, size_px, size_px))
        self.coverage = np.zeros((size_px, size_px))
        self.weight = np.zeros((size_px, size_px))

    def paint(self, mask: Array, paint: Array, strength: float) -> None:
        """Cover the share `mask` (S, S) of the pixels with `paint`, (channels, S or 1, S or 1)."""
        self.erase(mask)
        self.painted += mask * paint
        self.coverage += mask
        self.weight += mask * strength

    def erase(self, mask: Array) -> None:
        left = np.where((1 - mask) * self.coverage < LEAST_COVERAGE, 0, 1 - mask)
        self.painted *= left
        self.coverage *= left
        self.weight *= left

    def drawn(self) -> ColourMap | None:
        if not self.coverage.any():
            return None
        out = np.zeros_like(self.painted)
        colour = np.divide(self.painted, self.coverage, out=out, where=self.coverage > 0)
        return ColourMap(as_float32(colour), as_float32(self.coverage), as_float32(self.weight))


class SketchCanvas:
    """Lines that edges shall follow.

    A colour model is shown a line of one network pixel, which has the orientation of the edge that
    is meant, and a wider pen only says less precisely where. A sketch model is shown the line.
    """

    def __init__(self, channels: int, size_px: int) -> None:
        self._finest = channels > 1
        self._line, self._pen = Canvas(1, size_px), Canvas(1, size_px)

    def stroke(self, stroke: SketchStroke, frame: PhotoFrame) -> None:
        pen = stroke_coverage(stroke, frame)
        line = stroke_coverage(stroke, frame, finest=True) if self._finest else pen
        self._draw(line, pen, stroke.strength)

    def draw(self, lines: Array, strength: float) -> None:
        """Lines of a drawing, (S, S) in [0, 1]; however fine, the darkest count as full."""
        full = lines / max(lines.max(), 1e-12)
        self._draw(full, full, strength)

    def _draw(self, line: Array, pen: Array, strength: float) -> None:
        self._line.paint(line, np.ones((1, 1, 1)), strength)
        self._pen.paint(pen, np.ones((1, 1, 1)), strength)

    def erase(self, mask: Array) -> None:
        self._line.erase(mask)
        self._pen.erase(mask)

    def drawn(self) -> HogMap | None:
        if not self._line.coverage.any():
            return None
        line = as_float32(self._line.coverage)
        mask = near_line(as_float32(self._pen.coverage))
        dark_on_white = 1 - 2 * line
        return HogMap(
            target=hog(dark_on_white[None, None], mask)[0],
            mask=mask,
            coverage=pooled_over_cells(line),
            weight=pooled_over_cells(as_float32(self._line.weight)),
        )


class WarpCanvas:
    """Patches of pictures, each where it was dragged to."""

    def __init__(self, channels: int, size_px: int) -> None:
        self._pixels = Canvas(channels, size_px)
        self._layers: list[tuple[Tensor, Array]] = []

    def drag(self, drag: PatchDrag, frame: PhotoFrame, picture: Tensor) -> None:
        """Take the patch from `picture` (C, S, S) in [-1, 1]; what it does not show is cut off."""
        right, down = np.asarray(drag.move) / frame.scale_xy
        moved, known = displaced_picture(picture.float().cpu(), float(right), float(down))
        outline = [(x + drag.move[0], y + drag.move[1]) for x, y in drag.outline]
        mask = polygon_coverage(outline, frame) * known.double().numpy()
        self._layers = [(shown, (1 - mask) * above) for shown, above in self._layers]
        self._layers.append((moved, mask))
        self._pixels.paint(mask, moved.double().numpy(), drag.strength)

    def drawn(self) -> WarpTarget | None:
        colour = self._pixels.drawn()
        if colour is None:
            return None
        cells = [histograms(shown[None], as_float32(mask))[0] for shown, mask in self._layers]
        sketch = HogMap(
            target=normalised(torch.stack(cells).sum(0)),
            mask=colour.coverage,
            coverage=pooled_over_cells(colour.coverage),
            weight=pooled_over_cells(colour.weight),
        )
        return WarpTarget(colour, sketch)


def near_line(ink: Tensor) -> Tensor:
    """Blur drawn lines (S, S) in [0, 1] by `NEAR_PX`, scaled so that the finest one comes to 1."""
    reach = int(4 * NEAR_PX)
    places = torch.arange(-reach, reach + 1, dtype=ink.dtype)
    bell = torch.exp(-0.5 * (places / NEAR_PX).square())
    across = functional.conv2d(ink[None, None], bell[None, None, None], padding=(0, reach))
    blurred = functional.conv2d(across, bell[None, None, :, None], padding=(reach, 0))[0, 0]
    return (blurred / bell.sum()).clamp(max=1)


def displaced_picture(picture: Tensor, right_px: float, down_px: float) -> tuple[Tensor, Tensor]:
    """The picture (C, S, S) moved by so many network pixels, bilinear, and where it is known.

    Returns:
        (C, S, S), continued by its border, and (S, S), one where no border was needed.
    """
    size = picture.shape[-1]
    centres = torch.arange(size, dtype=picture.dtype) + 0.5
    x, y = centres - right_px, centres - down_px
    grid = torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1) * (2 / size) - 1
    moved = functional.grid_sample(
        picture[None], grid[None], mode="bilinear", padding_mode="border", align_corners=False
    )[0]
    across, down = ((place >= 0) & (place <= size) for place in (x, y))
    return moved, (down[:, None] & across[None, :]).to(picture.dtype)


def as_float32(values: Array) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))
