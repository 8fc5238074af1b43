import io

import numpy as np
import pytest
from PIL import Image

from serve.app.results import photo_file
from serve.errors import EditError
from serve.photo.photo import Photo

PIXELS = np.full((4, 6, 3), 90, np.uint8)


@pytest.mark.parametrize(
    ("source_format", "wanted", "suffix", "media_type", "opened"),
    [
        ("JPEG", None, ".jpg", "image/jpeg", "JPEG"),
        ("PNG", None, ".png", "image/png", "PNG"),
        ("GIF", None, ".png", "image/png", "PNG"),
        ("JPEG", "tif", ".tif", "image/tiff", "TIFF"),
        ("PNG", "jpg", ".jpg", "image/jpeg", "JPEG"),
        ("PNG", "WebP", ".webp", "image/webp", "WEBP"),
    ],
)
def test_photos_keep_their_format_unless_told(
    source_format: str, wanted: str | None, suffix: str, media_type: str, opened: str
) -> None:
    data, *names = photo_file(Photo(PIXELS, source_format=source_format), wanted)
    assert names == [suffix, media_type]
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == (opened, (6, 4))


def test_a_format_that_is_not_written() -> None:
    with pytest.raises(EditError, match="'exe' is not written"):
        photo_file(Photo(PIXELS), "exe")
