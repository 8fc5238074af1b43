"""The media types of what is sent."""

import io

from PIL import Image

from serve.app.results import FilmKind


def photo_media_type(data: bytes) -> str:
    """Of a photo file that is known to be one, by its bytes."""
    with Image.open(io.BytesIO(data)) as image:
        return image.get_format_mimetype() or "application/octet-stream"


def film_media_type(kind: FilmKind) -> str:
    return "image/gif" if kind == "gif" else f"video/{kind}"
