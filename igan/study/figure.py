"""The figure of a study: one bar a condition with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from igan.study.intervals import Estimate

WIDTH_PX, PLOT_HEIGHT_PX = 640, 240
LEFT_PX, TOP_PX, BELOW_PX = 48, 34, 26
BAR_SHARE, CAP_PX = 0.56, 9
GRID = (0, 0.25, 0.5, 0.75, 1)


@dataclass(frozen=True)
class ShareFigure:
    """Vertical bars of shares, with whiskers for the 95 % intervals.

    Its attributes colour it where it stands alone; the style of a report page goes before them.
    """

    names: Sequence[str]
    shares: Sequence[Estimate]
    title: str

    def svg(self) -> str:
        """Return the drawing."""
        parts = [_text(0, 13, self.title, "start", "title")]
        for share in GRID:
            parts.append(_line(LEFT_PX, _y(share), WIDTH_PX, _y(share), 0.25 if share else 1))
            parts.append(_text(LEFT_PX - 8, _y(share) + 4, f"{share:.0%}", "end"))
        step = (WIDTH_PX - LEFT_PX) / len(self.names)
        for place, (name, estimate) in enumerate(zip(self.names, self.shares, strict=True)):
            middle, half = LEFT_PX + (place + 0.5) * step, BAR_SHARE * step / 2
            top = _y(estimate.value)
            spoken = f"{name}: {estimate.value:.1%} ({estimate.low:.1%} to {estimate.high:.1%})"
            parts.append(
                f'<rect class="bar" fill="#4a7fb5" x="{middle - half:.1f}" y="{top:.1f}" '
                f'width="{2 * half:.1f}" height="{_y(0) - top:.1f}">'
                f"<title>{escape(spoken)}</title></rect>"
            )
            low, high = _y(estimate.low), _y(estimate.high)
            parts.append(_line(middle, low, middle, high))
            parts += [_line(middle - CAP_PX, end, middle + CAP_PX, end) for end in (low, high)]
            parts.append(_text(middle, high - 7, f"{estimate.value:.1%}", "middle", "title"))
            parts.append(_text(middle, _y(0) + 18, name, "middle"))
        height = TOP_PX + PLOT_HEIGHT_PX + BELOW_PX
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" class="chart" '
            f'viewBox="0 0 {WIDTH_PX} {height}" width="{WIDTH_PX}" height="{height}" role="img" '
            f'font-family="system-ui, sans-serif" font-size="11" aria-label="{escape(self.title)}">'
            f"{''.join(parts)}</svg>"
        )


def _y(share: float) -> float:
    return TOP_PX + PLOT_HEIGHT_PX * (1 - share)


def _line(x0: float, y0: float, x1: float, y1: float, opacity: float = 1) -> str:
    return (
        f'<line class="axis" stroke="#555" stroke-opacity="{opacity:g}" x1="{x0:.1f}" '
        f'y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/>'
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "label") -> str:
    return (
        f'<text class="{kind}" fill="#333" x="{x:.1f}" y="{y:.1f}" '
        f'text-anchor="{anchor}">{escape(text)}</text>'
    )
