"""Constraints on the network's grid: what the objective sees."""

from dataclasses import dataclass
from functools import cached_property

from torch import Tensor

from serve.latent.hog import HOG_CELL_PX, CellWindow


@dataclass(frozen=True)
class ColourMap:
    """What pixels shall look like, float32.

    Attributes:
        colour: (C, S, S) in [-1, 1]; zero where nothing is marked.
        coverage: (S, S) in [0, 1], the share of the pixel that is marked; not zero everywhere.
        weight: (S, S) in [0, 1], coverage times the strength of what marks it.
    """

    colour: Tensor
    coverage: Tensor
    weight: Tensor

    @cached_property
    def box(self) -> tuple[slice, slice]:
        """The rows and columns that hold everything marked."""
        rows, columns = self.coverage.nonzero().T.tolist()
        return slice(min(rows), max(rows) + 1), slice(min(columns), max(columns) + 1)

    @cached_property
    def box_colour(self) -> Tensor:
        """`colour` of the box."""
        return self.colour[:, *self.box]

    @cached_property
    def shares(self) -> Tensor:
        """What each value of the box counts in the mean over marked pixels and channels.

        What marks less than one pixel, such as the rest of an erased stroke, counts less.
        """
        return self.weight[self.box] / (self.coverage.sum().clamp(min=1) * len(self.colour))


@dataclass(frozen=True)
class HogMap:
    """Which edges cells shall show, float32; see `serve.latent.hog`.

    Attributes:
        target: (8, n, n), HOG under `mask` of what was drawn.
        mask: (S, S) in [0, 1], the pixels whose gradients are compared.
        coverage: (n, n), how much of what was drawn lies under the cell's window.
        weight: (n, n), coverage times the strength of what was drawn.
    """

    target: Tensor
    mask: Tensor
    coverage: Tensor
    weight: Tensor

    @cached_property
    def window(self) -> CellWindow:
        """The cells that anything was drawn in."""
        return CellWindow.around(self.coverage)

    @cached_property
    def window_target(self) -> Tensor:
        """`target` of the window, (8, h, w)."""
        return self.target[:, *self.window.index]

    @cached_property
    def shares(self) -> Tensor:
        """What each cell of the window counts in the mean over cells, (h, w).

        What covers less than one pixel, such as the rest of an erased stroke, counts less.
        """
        area = self.coverage.sum().clamp(min=1 / HOG_CELL_PX**2)
        return (self.weight / area)[self.window.index]


@dataclass(frozen=True)
class WarpTarget:
    """What dragged patches ask for, at the places they were dragged to, later over earlier ones.

    Attributes:
        colour: of their pixels.
        sketch: of their edges.
    """

    colour: ColourMap
    sketch: HogMap


@dataclass(frozen=True)
class HandleDrags:
    """Point drags in grid coordinates (x, y), float32; pixel centres lie at +0.5.

    Attributes:
        sources, targets: (H, 2); they may lie outside of the grid.
        radii_px: (H,), in network pixels (of the finer ones where the frame squeezes the photo).
        strengths: (H,) in [0, 1].
    """

    sources: Tensor
    targets: Tensor
    radii_px: Tensor
    strengths: Tensor


@dataclass(frozen=True)
class GridConstraints:
    """Constraints as the objective sees them; None where a brush marks nothing.

    Attributes:
        colour: all colour strokes, later ones over earlier ones.
        sketch: all sketch strokes.
        warp: all patch drags.
        keep: all keep strokes: what the marked pixels showed when they were marked.
        handles: all point drags.
    """

    colour: ColourMap | None = None
    sketch: HogMap | None = None
    warp: WarpTarget | None = None
    keep: ColourMap | None = None
    handles: HandleDrags | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == GridConstraints()

    @cached_property
    def colours(self) -> dict[str, ColourMap]:
        """What compares pixels, by the name of its term."""
        warp = None if self.warp is None else self.warp.colour
        maps = {"colour": self.colour, "warp_colour": warp, "keep": self.keep}
        return {term: marked for term, marked in maps.items() if marked is not None}

    @cached_property
    def edges(self) -> dict[str, HogMap]:
        """What compares edges, by the name of its term."""
        warp = None if self.warp is None else self.warp.sketch
        maps = {"sketch": self.sketch, "warp_sketch": warp}
        return {term: marked for term, marked in maps.items() if marked is not None}
