"""What the first bytes of a file say about its format."""

import re

_SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), ".jpg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ".png"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ".webp"),
    (re.compile(rb"GIF8[79]a"), ".gif"),
    (re.compile(rb"II\*\0|MM\0\*"), ".tif"),
    (re.compile(rb"....ftypavi[fs]", re.DOTALL), ".avif"),
    (re.compile(rb"BM....\0\0\0\0", re.DOTALL), ".bmp"),
)


def photo_suffix(data: bytes) -> str | None:
    """Return the suffix of the photo format that the bytes begin with, or None."""
    for signature, suffix in _SIGNATURES:
        if signature.match(data):
            return suffix
    return None
