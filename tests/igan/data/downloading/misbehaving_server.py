"""A web server on this machine that serves photos well, badly, or not at all, as the path says."""

import io
import threading
import time
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import numpy as np
from PIL import Image

PROMISED_BYTES = 10_000


def jpeg(seed: int = 0, side_px: int = 24) -> bytes:
    """Return a small JPEG file, another for each seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(coarse).resize((side_px, side_px)).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


class MisbehavingServer:
    """Serves `/photo/SEED.jpg` well and the other paths of `BEHAVIOURS` as they are called.

    Attributes:
        requests: how often each path was asked for.
        times: when each request came, by `time.monotonic`.
        most_at_once: the most requests that waited for their answer at a time.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.times: list[float] = []
        self.most_at_once = 0
        self.answer_after_s = 0.0
        self._at_once = 0
        self._lock = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, format: str, *arguments: object) -> None:
                del format, arguments

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._server.handle_error = lambda *arguments: None  # type: ignore[method-assign]
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def url(self, path: str) -> str:
        return self.address + path

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.requests[handler.path] += 1
            self.times.append(time.monotonic())
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        time.sleep(self.answer_after_s)
        with self._lock:
            self._at_once -= 1
        try:
            name = handler.path.split("/")[1]
            BEHAVIOURS.get(name, _not_found)(self, handler)
        except OSError:
            return


Behaviour = Callable[[MisbehavingServer, BaseHTTPRequestHandler], None]


def _send(
    handler: BaseHTTPRequestHandler,
    body: bytes,
    status: int = 200,
    content_type: str = "image/jpeg",
    **headers: str,
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", content_type)
    handler.send_header("Content-Length", headers.pop("length", str(len(body))))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def _photo(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, jpeg(int(handler.path.split("/")[2].partition(".")[0])))


def _not_found(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"nothing here", 404, "text/plain")


def _always_500(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"", 500)


def _first_500(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    if server.requests[handler.path] <= 2:
        _always_500(server, handler)
    else:
        _send(handler, jpeg(1))


def _first_429(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    if server.requests[handler.path] == 1:
        _send(handler, b"", 429, Retry_After="1")
    else:
        _send(handler, jpeg(2))


def _asks_for_an_hour(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"", 503, Retry_After="3600")


def _drip(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.send_header("Content-Length", str(PROMISED_BYTES))
    handler.end_headers()
    for byte in jpeg(3):
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def _dripping_headers(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nX: " + b"y" * 200:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.05)


def _truncated(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, jpeg(4)[:200], length=str(PROMISED_BYTES))


def _closes_early(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def _page(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"<html>a robot check</html>", content_type="text/html; charset=utf-8")


def _page_called_a_photo(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"<html>a robot check</html>")


def _huge(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, jpeg(5), length=str(10**12))


def _endless(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "image/jpeg")
    handler.end_headers()
    handler.wfile.write(b"\xff\xd8\xff")
    while True:
        handler.wfile.write(bytes(64 * 2**10))


def _redirect(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"", 302, Location="/photo/6.jpg")


def _redirect_loop(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"", 302, Location="/redirect-loop/a.jpg")


def _redirect_to_metadata(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"", 302, Location="http://169.254.169.254/latest/meta-data/")


def _redirect_to_a_file(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, b"", 302, Location="file:///etc/passwd")


def _untyped(server: MisbehavingServer, handler: BaseHTTPRequestHandler) -> None:
    _send(handler, jpeg(7), content_type="application/octet-stream")


BEHAVIOURS: dict[str, Behaviour] = {
    "photo": _photo,
    "always-500": _always_500,
    "first-500": _first_500,
    "first-429": _first_429,
    "asks-for-an-hour": _asks_for_an_hour,
    "drip": _drip,
    "dripping-headers": _dripping_headers,
    "truncated": _truncated,
    "closes-early": _closes_early,
    "page": _page,
    "page-called-a-photo": _page_called_a_photo,
    "huge": _huge,
    "endless": _endless,
    "redirect": _redirect,
    "redirect-loop": _redirect_loop,
    "redirect-to-metadata": _redirect_to_metadata,
    "redirect-to-a-file": _redirect_to_a_file,
    "untyped": _untyped,
}
