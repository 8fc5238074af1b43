"""Small charts as drawings that a page holds: no library, no script, sharp at any size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
import numpy.typing as npt

PLOT_HEIGHT_PX = 120
TOP_PX, AXIS_PX = 18, 34
ROW_PX, NAME_PX, NUMBER_PX = 20, 190, 70
LONGEST_NAME_CHARACTERS = 28
LINE_COLOURS = ("#4a7fb5", "#d0702c", "#4f9d69", "#9b5fb0")


@dataclass(frozen=True)
class Histogram:
    """How often values fall between edges.

    Attributes:
        counts: (N,) of each bin.
        edges: (N + 1,) ascending.
        title: what is counted.
        unit: of the values, written after the numbers of the axis.
        marks: values to be marked by a line, with their names.
        width_px: of the drawing.
    """

    counts: npt.NDArray[np.int64]
    edges: npt.NDArray[np.float64]
    title: str
    unit: str = ""
    marks: Sequence[tuple[float, str]] = ()
    width_px: int = 400

    @classmethod
    def of(
        cls,
        values: npt.ArrayLike,
        title: str,
        edges: npt.ArrayLike,
        unit: str = "",
        marks: Sequence[tuple[float, str]] = (),
    ) -> "Histogram":
        """Count values; those beyond the outer edges count in the outer bins."""
        bounds = np.asarray(edges, np.float64)
        inside = np.clip(np.asarray(values, np.float64), bounds[0], bounds[-1])
        counts, _ = np.histogram(inside, bounds)
        return cls(counts, bounds, title, unit, marks)

    def svg(self) -> str:
        """Return the drawing, bins equally wide."""
        most = max(1, int(self.counts.max(initial=0)))
        bin_px = self.width_px / len(self.counts)
        base = TOP_PX + PLOT_HEIGHT_PX
        parts = []
        for index, count in enumerate(self.counts):
            height = PLOT_HEIGHT_PX * int(count) / most
            low, high = self.edges[index], self.edges[index + 1]
            parts.append(
                f'<rect class="bar" x="{index * bin_px + 0.5:.1f}" y="{base - height:.1f}" '
                f'width="{max(bin_px - 1, 0.5):.1f}" height="{height:.1f}">'
                f"<title>{low:.4g} to {high:.4g}{escape(self.unit)}: {int(count):,}</title></rect>"
            )
        parts.append(_line(0, base, self.width_px, base, "axis"))
        for place in np.linspace(0, len(self.counts), 5).round().astype(int):
            x = place * bin_px
            anchor = "start" if place == 0 else "end" if place == len(self.counts) else "middle"
            parts.append(_text(x, base + 14, f"{self.edges[place]:.4g}{self.unit}", anchor))
        for value, name in self.marks:
            x = float(np.interp(value, self.edges, np.arange(len(self.edges)))) * bin_px
            parts.append(_line(x, TOP_PX, x, base, "mark"))
            anchor = "end" if x > 0.7 * self.width_px else "start"
            parts.append(_text(x, base + 29, f"{name} {value:.4g}{self.unit}", anchor))
        parts.append(_text(self.width_px, 12, f"most: {most:,}", "end"))
        return _drawing(self.width_px, base + AXIS_PX, self.title, parts)


@dataclass(frozen=True)
class Bars:
    """One horizontal bar a name, in the order given."""

    names: Sequence[str]
    counts: Sequence[int]
    title: str
    width_px: int = 640

    def svg(self) -> str:
        """Return the drawing."""
        most = max(1, *self.counts) if self.counts else 1
        longest_px = self.width_px - NAME_PX - NUMBER_PX
        parts = []
        for row, (name, count) in enumerate(zip(self.names, self.counts, strict=True)):
            y = TOP_PX + row * ROW_PX
            length = longest_px * count / most
            shown = name
            if len(name) > LONGEST_NAME_CHARACTERS:
                shown = name[: LONGEST_NAME_CHARACTERS - 1] + "…"
            parts.append(_text(NAME_PX - 8, y + 13, shown, "end"))
            parts.append(
                f'<rect class="bar" x="{NAME_PX}" y="{y + 3}" width="{length:.1f}" '
                f'height="{ROW_PX - 6}"><title>{escape(name)}: {count:,}</title></rect>'
            )
            parts.append(_text(NAME_PX + length + 6, y + 13, f"{count:,}", "start"))
        height = TOP_PX + ROW_PX * len(self.names) + 4
        return _drawing(self.width_px, height, self.title, parts)


@dataclass(frozen=True)
class Curves:
    """Lines over one axis, from zero or the lowest value to the highest.

    Attributes:
        lines: by name, places on the axis (N,) ascending and values (N,); what is no finite number
            is left out.
        title: what is drawn.
        unit: of the axis, written after its numbers.
        width_px: of the drawing.
    """

    lines: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]]
    title: str
    unit: str = ""
    width_px: int = 400

    def svg(self) -> str:
        """Return the drawing."""
        drawn = {name: _finite(*line) for name, line in self.lines.items()}
        drawn = {name: line for name, line in drawn.items() if len(line[0])}
        base = TOP_PX + PLOT_HEIGHT_PX
        parts = [_line(0, base, self.width_px, base, "axis")]
        if drawn:
            places = np.concatenate([line[0] for line in drawn.values()])
            values = np.concatenate([line[1] for line in drawn.values()])
            x_range, y_range = (places.min(), places.max()), (min(0, values.min()), values.max())
            for number, line in enumerate(drawn.values()):
                x = _scaled(line[0], x_range) * self.width_px
                y = base - _scaled(line[1], y_range) * PLOT_HEIGHT_PX
                points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
                colour = LINE_COLOURS[number % len(LINE_COLOURS)]
                parts.append(f'<polyline class="line" points="{points}" stroke="{colour}"/>')
                parts.append(f'<circle cx="{x[-1]:.1f}" cy="{y[-1]:.1f}" r="2" fill="{colour}"/>')
            parts.append(_text(0, base + 14, f"{_number(x_range[0])}{self.unit}", "start"))
            parts.append(
                _text(self.width_px, base + 14, f"{_number(x_range[1])}{self.unit}", "end")
            )
            parts.append(_text(self.width_px, 12, f"{y_range[0]:.3g} to {y_range[1]:.3g}", "end"))
        for number, (name, line) in enumerate(drawn.items()):
            colour = LINE_COLOURS[number % len(LINE_COLOURS)]
            top = base + AXIS_PX + number * ROW_PX
            parts.append(f'<rect x="0" y="{top - 9}" width="12" height="4" fill="{colour}"/>')
            parts.append(_text(18, top - 2, f"{name}: {line[1][-1]:.4g}", "start"))
        height = base + AXIS_PX + ROW_PX * len(drawn)
        return _drawing(self.width_px, height, self.title, parts)


Chart = Histogram | Bars | Curves


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _finite(
    places: npt.ArrayLike, values: npt.ArrayLike
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    x, y = np.asarray(places, np.float64), np.asarray(values, np.float64)
    finite = np.isfinite(y)
    return x[finite], y[finite]


def _scaled(
    values: npt.NDArray[np.float64], bounds: tuple[float, float]
) -> npt.NDArray[np.float64]:
    low, high = bounds
    return (values - low) / (high - low) if high > low else np.full(len(values), 0.5)


def _drawing(width_px: int, height_px: int, title: str, parts: Sequence[str]) -> str:
    heading = _text(0, 12, title, "start", "title")
    return (
        f'<svg class="chart" viewBox="0 0 {width_px} {height_px}" width="{width_px}" '
        f'height="{height_px}" role="img" aria-label="{escape(title)}">'
        f"{heading}{''.join(parts)}</svg>"
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "label") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _line(x0: float, y0: float, x1: float, y1: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/>'
