"""A report as one HTML file that needs nothing beside it."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from serve.errors import BadInputError
from serve.report.chart import Chart
from serve.staging import staged_file

FILM_TYPES = {".webm": "video/webm", ".mp4": "video/mp4", ".gif": "image/gif"}

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1d1d21; --faint: #6b6b76;
  --line: #dcdce2; --card: #f6f6f8; }
@media (prefers-color-scheme: dark) { :root { --paper: #17171a; --ink: #e8e8ec;
  --faint: #9a9aa6; --line: #34343b; --card: #202024; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2.5rem 1.25rem 5rem; background: var(--paper);
  color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1.25rem; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 0.75rem; padding-top: 1rem;
  border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.75rem 0 0.5rem; }
p { max-width: 46rem; margin: 0.5rem 0 1rem; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; align-items: flex-start; }
figure { margin: 0; max-width: 100%; }
img, video { display: block; max-width: 100%; height: auto; border-radius: 4px; }
img.pixels { image-rendering: pixelated; }
figcaption { color: var(--faint); font-size: 0.875rem; margin-top: 0.35rem; max-width: 46rem; }
.scroll { overflow-x: auto; margin: 1rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 0.925rem; }
caption { caption-side: bottom; text-align: left; color: var(--faint); padding-top: 0.35rem; }
th, td { text-align: left; padding: 0.35rem 1.1rem 0.35rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.number { text-align: right; }
svg.chart { max-width: 100%; height: auto; font: 11px system-ui, sans-serif; }
svg.chart .bar { fill: #4a7fb5; }
svg.chart .line { fill: none; stroke-width: 1.5; }
svg.chart .axis { stroke: var(--faint); }
svg.chart .mark { stroke: #d0702c; stroke-dasharray: 3 2; }
svg.chart .label { fill: var(--faint); }
svg.chart .title { fill: var(--ink); font-size: 13px; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 0.75rem 1rem; overflow-x: auto; font-size: 0.875rem; }
"""


class Page:
    """Collects the parts of a report in reading order; all text is escaped."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._parts: list[str] = []

    def heading(self, text: str, level: Literal[2, 3] = 2) -> None:
        """Start a section (2) or a part of one (3)."""
        self._parts.append(f"<h{level}>{escape(text)}</h{level}>")

    def paragraph(self, text: str) -> None:
        """Add running text."""
        self._parts.append(f"<p>{escape(text)}</p>")

    def commands(self, text: str) -> None:
        """Add lines to be typed, or other text whose line breaks matter."""
        self._parts.append(f"<pre>{escape(text)}</pre>")

    def picture(
        self,
        pixels: npt.NDArray[np.uint8],
        caption: str = "",
        width_px: int | None = None,
        encoding: Literal["png", "jpeg"] = "png",
    ) -> None:
        """Add one picture, uint8 (H, W, 3) or (H, W, 1), with its caption; see `pictures`."""
        self.pictures([(pixels, caption)], width_px, encoding)

    def pictures(
        self,
        pictures_and_captions: Sequence[tuple[npt.NDArray[np.uint8], str]],
        width_px: int | None = None,
        encoding: Literal["png", "jpeg"] = "png",
    ) -> None:
        """Add pictures side by side.

        Args:
            pictures_and_captions: uint8 (H, W, 3) or (H, W, 1) each, with a caption.
            width_px: how wide each is shown, enlarged by square pixels; None shows its own size.
            encoding: "png" loses nothing, "jpeg" makes large photos small.
        """
        figures = [
            _figure(_image_tag(pixels, caption, width_px, encoding), caption)
            for pixels, caption in pictures_and_captions
        ]
        self._parts.append(f'<div class="figures">{"".join(figures)}</div>')

    def charts(self, charts: Sequence[Chart], caption: str = "") -> None:
        """Add charts side by side, with one caption for all of them."""
        drawings = "".join(chart.svg() for chart in charts)
        below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
        self._parts.append(f'<div class="figures">{drawings}</div>{below}')

    def points(self, sentences: Sequence[str]) -> None:
        """Add a list of sentences."""
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        self._parts.append(f"<ul>{items}</ul>")

    def film(self, path: str | Path, caption: str = "", width_px: int | None = None) -> None:
        """Embed a film file, `.webm`, `.mp4` or `.gif`, which plays in a loop without sound."""
        path = Path(path)
        media_type = FILM_TYPES.get(path.suffix.lower())
        if media_type is None:
            raise BadInputError(
                f"{path} is no film that a page can show; use one of {', '.join(FILM_TYPES)}."
            )
        uri = _data_uri(path.read_bytes(), media_type)
        width = f' width="{width_px}"' if width_px is not None else ""
        if media_type == "image/gif":
            tag = f'<img src="{uri}" alt="{escape(caption)}"{width}>'
        else:
            tag = f'<video src="{uri}"{width} autoplay loop muted playsinline controls></video>'
        self._parts.append(f'<div class="figures">{_figure(tag, caption)}</div>')

    def table(
        self, columns: Sequence[str], rows: Sequence[Sequence[object]], caption: str = ""
    ) -> None:
        """Add a table; numbers are set right-aligned, floats to four significant digits."""
        for row in rows:
            if len(row) != len(columns):
                raise ValueError(f"a row of {len(row)} cells in a table of {len(columns)} columns")
        head = "".join(f"<th>{escape(name)}</th>" for name in columns)
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
        below = f"<caption>{escape(caption)}</caption>" if caption else ""
        self._parts.append(
            f'<div class="scroll"><table>{below}<thead><tr>{head}</tr></thead>'
            f"<tbody>{body}</tbody></table></div>"
        )

    def html(self) -> str:
        """Return the whole document."""
        title = escape(self._title)
        body = "\n".join(self._parts)
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<link rel="icon" href="data:,">\n<title>{title}</title>\n'
            f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
        )

    def write(self, path: str | Path) -> None:
        """Write the document; the file appears whole or not at all."""
        with staged_file(Path(path)) as staged:
            staged.write_text(self.html(), encoding="utf-8")


def _cell(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, float | np.floating):
        return f'<td class="number">{value:.4g}</td>'
    if isinstance(value, int | np.integer):
        return f'<td class="number">{value:,}</td>'
    return f"<td>{escape(str(value))}</td>"


def _figure(tag: str, caption: str) -> str:
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{tag}{below}</figure>"


def _image_tag(
    pixels: npt.NDArray[np.uint8], caption: str, width_px: int | None, encoding: str
) -> str:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (1, 3):
        raise ValueError(f"expected uint8 (H, W, 3 or 1), got {pixels.dtype} {pixels.shape}")
    buffer = io.BytesIO()
    image = Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    if encoding == "jpeg":
        image.save(buffer, "JPEG", quality=90, subsampling=0)
    else:
        image.save(buffer, "PNG")
    shown_px = pixels.shape[1] if width_px is None else width_px
    style = ' class="pixels"' if shown_px > pixels.shape[1] else ""
    uri = _data_uri(buffer.getvalue(), f"image/{encoding}")
    return f'<img src="{uri}" alt="{escape(caption)}" width="{shown_px}"{style}>'


def _data_uri(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"
