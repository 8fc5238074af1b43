"""The files of the page, as they are on disk, asked for again with every visit."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

PAGE = Path(__file__).parent / "page"
INDEX = "index.html"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


class PageFiles:
    """What a browser may fetch, found once when the server starts.

    A request is looked up among the names found, so that nothing in it is ever taken for a path.
    """

    def __init__(self, folder: Path = PAGE) -> None:
        self._files = {
            file.relative_to(folder).as_posix(): file
            for file in sorted(folder.rglob("*"))
            if file.suffix in MEDIA_TYPES and file.is_file()
        }

    def answer(self, name: str, request: Request) -> Response | None:
        """The file of this name, or 304 when the browser has it; None when there is none."""
        file = self._files.get(name or INDEX)
        if file is None:
            return None
        data = file.read_bytes()
        etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=MEDIA_TYPES[file.suffix], headers=headers)
