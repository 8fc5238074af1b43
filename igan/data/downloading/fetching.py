"""One photo from one address: redirects, limits, and no address that was not looked at."""

import contextlib
import email.utils
import http.client
import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from igan import __version__
from igan.data.downloading.addresses import is_public
from igan.data.downloading.sniffing import photo_suffix

USER_AGENT = f"igan/{__version__} (import of a photo collection)"
LARGEST_PHOTO_BYTES = 32 * 2**20
REDIRECTS = 5
IDLE_TIMEOUT_S = 20.0
DEADLINE_S = 90.0
CHUNK_BYTES = 64 * 2**10
RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
UNTYPED = ("", "application/octet-stream", "binary/octet-stream")


class FetchError(Exception):
    """A photo was not fetched; the message is half a sentence: `was answered with 404 Not Found`.

    Attributes:
        passing: another attempt may go better.
        wait_s: how long the server asks to wait before it.
        refused: it was not asked for, as the limits say; `of_host`: nor will its host be.
    """

    def __init__(
        self,
        reason: str,
        *,
        passing: bool = False,
        wait_s: float | None = None,
        refused: bool = False,
    ) -> None:
        super().__init__(reason)
        self.passing = passing
        self.wait_s = wait_s
        self.refused = refused
        self.of_host = refused


@dataclass(frozen=True)
class FetchLimits:
    """What one fetch may take.

    Attributes:
        idle_timeout_s: the longest silence of a server.
        deadline_s: the longest time for one address from connection to last byte.
        allow_private_hosts: connect to addresses of private networks and this machine, too.
    """

    largest_bytes: int = LARGEST_PHOTO_BYTES
    redirects: int = REDIRECTS
    idle_timeout_s: float = IDLE_TIMEOUT_S
    deadline_s: float = DEADLINE_S
    allow_private_hosts: bool = False


@dataclass(frozen=True)
class FetchedPhoto:
    """The bytes of a photo file and the suffix of its format, such as `.jpg`."""

    data: bytes
    suffix: str


class PhotoFetcher:
    """Fetches photos over HTTP and HTTPS, from any number of threads.

    Proxies are not used: behind one nobody could tell which address is connected to.
    """

    def __init__(self, limits: FetchLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._open: set[_CheckedHTTPConnection] = set()
        self._closed = False

    def fetch(self, url: str) -> FetchedPhoto:
        """Fetch one photo; every redirect is checked like the first address.

        Raises:
            FetchError: it cannot be had, is no photo, or is larger than the limit.
        """
        for hop in range(self._limits.redirects + 1):
            try:
                answer = self._requested(_checked_url(url))
            except FetchError as error:
                error.of_host &= hop == 0
                raise
            if isinstance(answer, FetchedPhoto):
                return answer
            url = urljoin(url, answer)
        raise FetchError(f"was redirected more than {self._limits.redirects} times")

    def close(self) -> None:
        """Break off whatever is being fetched, and refuse to begin anew."""
        with self._lock:
            self._closed = True
            connections = list(self._open)
        for connection in connections:
            connection.hang_up()

    def _requested(self, url: SplitResult) -> FetchedPhoto | str:
        """Ask one server; return the photo, or the address that it redirects to."""
        connection = _connection(url, self._limits)
        with self._lock:
            if self._closed:
                raise FetchError("was broken off", passing=True)
            self._open.add(connection)
        deadline = threading.Timer(self._limits.deadline_s, connection.hang_up)
        deadline.daemon = True
        deadline.start()
        try:
            _send_request(connection, url)
            with connection.getresponse() as response:
                return _answer(response, self._limits.largest_bytes)
        except (FetchError, OSError, http.client.HTTPException, ValueError) as error:
            raise self._explained(error, url, connection.was_hung_up) from error
        finally:
            deadline.cancel()
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _explained(self, error: Exception, url: SplitResult, hung_up: bool) -> FetchError:
        if self._closed:
            return FetchError("was broken off", passing=True)
        if hung_up:
            return FetchError(f"took longer than {self._limits.deadline_s:g} s", passing=True)
        if isinstance(error, FetchError):
            return error
        if isinstance(error, ssl.SSLCertVerificationError):
            return FetchError(f"lies on {url.hostname}, whose certificate is not valid")
        return FetchError(f"was not sent whole ({_cause(error)})", passing=True)


def host_of(url: str) -> str:
    """Return the host that an address names, in lower case; empty when it names none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _checked_url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise FetchError("has no usable address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise FetchError("has an address that is neither http nor https")
    if parts.username is not None or parts.password is not None:
        raise FetchError("has an address with a user name in it")
    return parts


def _send_request(connection: http.client.HTTPConnection, url: SplitResult) -> None:
    path = quote(url.path or "/", safe="/%:@!$&'()*+,;=~")
    query = f"?{quote(url.query, safe='/%:@!$&()*+,;=~?')}" if url.query else ""
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "image/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    connection.request("GET", path + query, headers=headers)


def _answer(response: http.client.HTTPResponse, largest_bytes: int) -> FetchedPhoto | str:
    status = response.status
    if status in REDIRECT_STATUSES:
        if not (location := response.getheader("Location")):
            raise FetchError(f"was answered with {status} and no new address")
        return location
    if status in RETRIED_STATUSES:
        wait_s = _retry_after_s(response.getheader("Retry-After"))
        raise FetchError(_answered(response), passing=True, wait_s=wait_s)
    if status != 200:
        raise FetchError(_answered(response))
    content_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
    if not content_type.startswith("image/") and content_type not in UNTYPED:
        raise FetchError(f"is {content_type[:60]!r}, no photo")
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise FetchError("was sent compressed, which was not asked for")
    data = _body(response, largest_bytes)
    if (suffix := photo_suffix(data)) is None:
        raise FetchError(f"is called {content_type or 'nothing'} and is no photo")
    return FetchedPhoto(data, suffix)


def _body(response: http.client.HTTPResponse, largest_bytes: int) -> bytes:
    promised = response.length
    if promised is not None and promised > largest_bytes:
        raise FetchError(f"is larger than {largest_bytes:,} bytes")
    chunks: list[bytes] = []
    received = 0
    while chunk := response.read1(CHUNK_BYTES):
        chunks.append(chunk)
        received += len(chunk)
        if received > largest_bytes:
            raise FetchError(f"is larger than {largest_bytes:,} bytes")
    if promised is not None and received < promised:
        raise FetchError(f"was not sent whole ({received:,} of {promised:,} bytes)", passing=True)
    return b"".join(chunks)


def _answered(response: http.client.HTTPResponse) -> str:
    reason = "".join(filter(str.isprintable, response.reason))[:60]
    return f"was answered with {response.status} {reason}".strip()


def _retry_after_s(header: str | None) -> float | None:
    """Read `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3)."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header.strip()[:9])
    try:
        when = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "cut off"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:120]


def _connection(url: SplitResult, limits: FetchLimits) -> "_CheckedHTTPConnection":
    host = url.hostname or ""
    if url.scheme == "https":
        return _CheckedHTTPSConnection(host, url.port, limits)
    return _CheckedHTTPConnection(host, url.port, limits)


class _CheckedHTTPConnection(http.client.HTTPConnection):
    """A connection to an address that was checked, which another thread may break off."""

    def __init__(self, host: str, port: int | None, limits: FetchLimits) -> None:
        super().__init__(host, port, timeout=limits.idle_timeout_s)
        self.was_hung_up = False
        self._limits = limits
        self._socket: socket.socket | None = None

    def connect(self) -> None:
        self.sock = self._socket = _connected(self.host, self.port, self._limits)
        if self.was_hung_up:
            raise TimeoutError

    def hang_up(self) -> None:
        self.was_hung_up = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _CheckedHTTPSConnection(_CheckedHTTPConnection):
    default_port = http.client.HTTPS_PORT

    def connect(self) -> None:
        super().connect()
        self.sock = self._socket = _tls_context().wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()


@lru_cache(maxsize=1)
def _tls_context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connected(host: str, port: int, limits: FetchLimits) -> socket.socket:
    """Resolve a host once and connect to an address that was checked, so that none slips between.

    Raises:
        FetchError: the host is unknown, or has private addresses alone.
        OSError: no address can be connected to.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"lies on {host[:100]}, which is not known", passing=True) from error
    allowed = [
        entry for entry in found if limits.allow_private_hosts or is_public(str(entry[4][0]))
    ]
    if not allowed:
        raise FetchError(f"lies on {host[:100]}, an address of a private network", refused=True)
    failure = OSError("no address")
    for family, kind, protocol, _, address in allowed:
        attempt = socket.socket(family, kind, protocol)
        attempt.settimeout(limits.idle_timeout_s)
        try:
            attempt.connect(address)
            return attempt
        except OSError as error:
            attempt.close()
            failure = error
    raise failure
