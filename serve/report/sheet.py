"""One picture out of many: a grid with captions."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Picture = npt.NDArray[np.uint8]

PAPER = (255, 255, 255)
INK = (32, 32, 36)
FONT_SIZE_PX = 14
LINE_HEIGHT_PX = 18


def contact_sheet(
    rows: Sequence[Sequence[Picture | None]],
    row_captions: Sequence[str] = (),
    column_captions: Sequence[str] = (),
    margin_px: int = 6,
    enlarge_to_px: int = 128,
) -> Picture:
    """Lay pictures out in a grid.

    Args:
        rows: pictures uint8 (H, W, 3), (H, W, 1) or (H, W), possibly of different sizes and in
            rows of different lengths; None leaves a gap.
        row_captions: one for each row, or none at all; lines are parted by newlines.
        column_captions: one for each column, or none at all.
        margin_px: around and between the pictures.
        enlarge_to_px: a picture is repeated by the largest whole factor that keeps its longer side
            within this; larger ones stay as they are.

    Returns:
        uint8 (H, W, 3): each picture centred in its cell, column captions above, row captions left.
    """
    grid = [
        [None if picture is None else _enlarged(_rgb(picture), enlarge_to_px) for picture in row]
        for row in rows
    ]
    column_count = max((len(row) for row in grid), default=0)
    if column_count == 0:
        raise ValueError("a contact sheet needs at least one picture")
    if row_captions and len(row_captions) != len(grid):
        raise ValueError(f"{len(row_captions)} row captions for {len(grid)} rows")
    if column_captions and len(column_captions) != column_count:
        raise ValueError(f"{len(column_captions)} column captions for {column_count} columns")

    font = ImageFont.load_default(FONT_SIZE_PX)
    row_heights = [max((p.shape[0] for p in row if p is not None), default=0) for row in grid]
    column_widths = [
        max((row[c].shape[1] for row in grid if c < len(row) and row[c] is not None), default=0)  # type: ignore[union-attr]
        for c in range(column_count)
    ]
    for column, caption in enumerate(column_captions):
        column_widths[column] = max(column_widths[column], _text_size(caption, font)[0])
    for row, caption in enumerate(row_captions):
        row_heights[row] = max(row_heights[row], _text_size(caption, font)[1])
    left = max((_text_size(c, font)[0] for c in row_captions), default=0)
    top = max((_text_size(c, font)[1] for c in column_captions), default=0)
    x_starts = _starts(left, column_widths, margin_px)
    y_starts = _starts(top, row_heights, margin_px)

    sheet = Image.new("RGB", (x_starts[-1], y_starts[-1]), PAPER)
    draw = ImageDraw.Draw(sheet)
    for caption, x, width in zip(column_captions, x_starts, column_widths, strict=False):
        place = (x + width // 2, margin_px + top)
        draw.multiline_text(place, caption, INK, font, anchor="md", align="center")
    for caption, y, height in zip(row_captions, y_starts, row_heights, strict=False):
        draw.multiline_text((margin_px, y + height // 2), caption, INK, font, anchor="lm")
    for row_pictures, y, height in zip(grid, y_starts, row_heights, strict=False):
        for picture, x, width in zip(row_pictures, x_starts, column_widths, strict=False):
            if picture is not None:
                corner = (
                    x + (width - picture.shape[1]) // 2,
                    y + (height - picture.shape[0]) // 2,
                )
                sheet.paste(Image.fromarray(picture), corner)
    return np.array(sheet)


def _rgb(picture: Picture) -> Picture:
    if picture.dtype != np.uint8:
        raise ValueError(f"pictures must be uint8, got {picture.dtype}")
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.ndim != 3 or picture.shape[2] not in (1, 3):
        raise ValueError(f"pictures must be (H, W, 1 or 3), got {picture.shape}")
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture


def _enlarged(picture: Picture, enlarge_to_px: int) -> Picture:
    factor = max(1, enlarge_to_px // max(picture.shape[:2]))
    return np.ascontiguousarray(picture.repeat(factor, axis=0).repeat(factor, axis=1))


def _text_size(caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> tuple[int, int]:
    lines = caption.split("\n") if caption else []
    width = max((int(np.ceil(font.getlength(line))) for line in lines), default=0)
    return width, LINE_HEIGHT_PX * len(lines)


def _starts(offset_px: int, extents_px: Sequence[int], margin_px: int) -> list[int]:
    """Where each cell starts, and where the sheet ends."""
    starts = [margin_px + (offset_px + margin_px if offset_px else 0)]
    for extent in extents_px:
        starts.append(starts[-1] + extent + margin_px)
    return starts
