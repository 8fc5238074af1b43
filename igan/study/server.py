"""A study on this machine: serves the published page, hands out sheets, keeps the answers."""

import json
import sys
import threading
from collections import Counter
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from igan.study.answers import answer_files, check_submission, parse_submission, read_submissions
from igan.study.errors import StudyError
from igan.study.key import StudyKey
from igan.study.kit import PUBLIC
from serve.staging import staged_file

LOOPBACK = "127.0.0.1"
MOST_BODY_BYTES = 2**20
PATIENCE_S = 30
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".jpg": "image/jpeg",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class AlreadyAnsweredError(StudyError):
    """The participant's answers are kept already; others do not replace them."""


class AnswerShelf:
    """The answers that were handed in, a file for each participant in `folder`.

    Raises:
        StudyError: what lies there is damaged or of another study.
    """

    def __init__(self, folder: Path, key: StudyKey) -> None:
        self._folder = folder
        self._key = key
        self._lock = threading.Lock()
        folder.mkdir(exist_ok=True)
        kept = read_submissions(answer_files(folder), key)
        self._answered = Counter(submission.sheet for submission in kept)
        self._handed_out: Counter[int] = Counter()

    def next_sheet(self) -> int:
        """The sheet that was answered least often; of these the one handed out least often."""
        with self._lock:
            sheet = min(
                range(len(self._key.sheets)),
                key=lambda number: (self._answered[number], self._handed_out[number]),
            )
            self._handed_out[sheet] += 1
            return sheet

    def keep(self, text: str) -> None:
        """Check the JSON that a page sends and keep it; the file appears whole or not at all.

        Raises:
            AlreadyAnsweredError: this participant's answers are there.
            StudyError: the text is not the whole answers to a sheet of this study.
        """
        submission = parse_submission(text, "what was sent")
        check_submission(submission, self._key)
        if len(submission.answers) < len(self._key.sheets[submission.sheet]):
            raise StudyError("what was sent is not the answers to a whole sheet.")
        path = self._folder / f"{submission.participant}.json"
        with self._lock:
            if path.exists():
                raise AlreadyAnsweredError(
                    f"the answers of {submission.participant} were received before."
                )
            with staged_file(path) as staged:
                staged.write_text(json.dumps(submission.to_json()) + "\n", encoding="utf-8")
            self._answered[submission.sheet] += 1


class StudyServer(ThreadingHTTPServer):
    """Serves the study in `folder` on the loopback address; port 0 takes a free one.

    Only the files that stand in its public folder at the start are served.
    """

    daemon_threads = True

    def __init__(self, folder: Path, port: int = 0) -> None:
        key = StudyKey.read(folder)
        public = folder / PUBLIC
        self.files = {
            f"/{path.relative_to(public).as_posix()}": path
            for path in public.rglob("*")
            if path.suffix in MEDIA_TYPES and path.is_file()
        }
        self.shelf = AnswerShelf(folder / "answers", key)
        super().__init__((LOOPBACK, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who left is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """Where a browser finds the study."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    server: StudyServer
    server_version = "igan-study"
    sys_version = ""
    timeout = PATIENCE_S

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/":
            self._to_a_sheet(url.query)
            return
        path = self.server.files.get(url.path)
        if path is None:
            self._reply(HTTPStatus.NOT_FOUND, b"there is no such page.", "text/plain")
        else:
            self._reply(HTTPStatus.OK, path.read_bytes(), MEDIA_TYPES[path.suffix])

    def do_POST(self) -> None:
        status, sentence = self._receive()
        self._reply(status, sentence.encode(), "text/plain; charset=utf-8")

    def log_message(self, format: str, *values: Any) -> None:
        """Keep no log: it would hold more about participants than they agreed to."""

    def _to_a_sheet(self, query: str) -> None:
        asked = dict(parse_qsl(query))
        asked.setdefault("sheet", str(self.server.shelf.next_sheet()))
        asked["collect"] = "1"
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", f"/index.html?{urlencode(asked)}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _receive(self) -> tuple[HTTPStatus, str]:
        if urlsplit(self.path).path != "/answers":
            return HTTPStatus.NOT_FOUND, "there is no such page."
        origin = self.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != self.headers.get("Host"):
            return HTTPStatus.FORBIDDEN, "answers are taken from the study's own page."
        if self.headers.get_content_type() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "answers are sent as JSON."
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            return HTTPStatus.LENGTH_REQUIRED, "the length is missing."
        if int(length) > MOST_BODY_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "that is too long for answers."
        try:
            self.server.shelf.keep(self.rfile.read(int(length)).decode())
        except AlreadyAnsweredError as error:
            return HTTPStatus.CONFLICT, str(error)
        except StudyError as error:
            return HTTPStatus.BAD_REQUEST, str(error)
        except UnicodeDecodeError:
            return HTTPStatus.BAD_REQUEST, "what was sent is no text."
        return HTTPStatus.CREATED, "received."

    def _reply(self, status: HTTPStatus, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
