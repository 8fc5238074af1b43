"""Attention checks: pictures that say which answer to give."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

PAPER_LEVEL, INK_LEVEL = 236, 24
FONT_SHARE = 0.085


def draw_check(asks_for_real: bool, side_px: int, channels: int) -> npt.NDArray[np.uint8]:
    """Draw a check, uint8 (side, side, channels): an instruction in plain writing."""
    answer = "Looks real" if asks_for_real else "Not real"
    text = f"This is no picture\nto be judged.\n\nPlease answer\n“{answer}”."
    image = Image.new("L", (side_px, side_px), PAPER_LEVEL)
    ImageDraw.Draw(image).multiline_text(
        (side_px / 2, side_px / 2),
        text,
        INK_LEVEL,
        ImageFont.load_default(FONT_SHARE * side_px),
        anchor="mm",
        align="center",
    )
    return np.repeat(np.array(image)[..., None], channels, axis=2)
