import io
from functools import partial
from typing import Any

import numpy as np
import pytest
from PIL import Image

from serve.app.results import LEAST_FILM_STEPS, photo_file
from serve.errors import EditError
from serve.latent import edit_from_json
from serve.photo.photo import Photo
from tests.serve.app.talking import Talker, colour_stroke
from tests.serve.app.talking import photo_file as photo_bytes

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


@pytest.mark.parametrize("kind", ["gif", "mp4", "page"])
def test_films_and_pages_tell_how_far_they_are(talker: Talker, kind: Any) -> None:
    talker.open(photo_bytes(1))
    talker.say("draw", constraint=colour_stroke())
    edit = edit_from_json(talker.wait_for_rest()["edit"])
    shares: list[float] = []
    make = talker.service.page if kind == "page" else partial(talker.service.film, kind=kind)
    make(talker.client, edit, on_progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert np.diff(shares).max() <= 0.25
    frames = LEAST_FILM_STEPS + 1
    assert len(set(shares)) >= frames + 2 * (frames - 1)  # drawn, then written there and back
