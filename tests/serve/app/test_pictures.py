import io

import numpy as np
import pytest
from PIL import Image

from serve.app.pictures import picture_frame
from serve.app.protocol import FrameKind


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [FrameKind.PHOTO, FrameKind.MODEL])
def test_pictures_keep_their_colours(kind: FrameKind, channels: int) -> None:
    pixels = np.zeros((8, 16, channels), np.uint8)
    pixels[..., 0] = 200
    frame = picture_frame(kind, pixels, 3, 5, rank=2)
    assert (frame.width_px, frame.height_px, frame.rank) == (16, 8, 2)
    shown = np.asarray(Image.open(io.BytesIO(frame.payload))).reshape(8, 16, channels)
    assert np.abs(shown.astype(int) - pixels).max() < 8
