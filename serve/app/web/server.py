"""The web server: its listening socket, and its life from the first answer to the last goodbye."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import uvicorn

from serve.app.web.access import is_loopback
from serve.errors import BadInputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from serve.app.limits import Limits
    from serve.app.service import EditingService

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
PATIENCE_S = 5.0
PING_S = 20.0
UNSENT_BYTES = 2**14
"""What the system may hold of a connection's unsent bytes: old pictures there help nobody."""
SILENT_MS = 60_000
"""When a peer that acknowledges nothing is given up."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes any free one.

    Raises:
        BadInputError: the port is taken, or there is no such address here.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address[:2], family=family, backlog=128)
    except OSError as error:
        raise BadInputError(
            f"cannot listen on {host} port {port}: {error.strerror or error}; stop what listens "
            "there, or name another --port or --host."
        ) from None
    for option, value in (("TCP_NOTSENT_LOWAT", UNSENT_BYTES), ("TCP_USER_TIMEOUT", SILENT_MS)):
        with contextlib.suppress(AttributeError, OSError):  # not every system knows them
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    return listening


def address_of(listening: socket.socket, token: str | None = None) -> str:
    """The address to open in a browser on this machine; the token in it is never sent."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/" + ("" if token is None else f"#token={token}")


def check_exposure(host: str, token: str | None, without_token: bool) -> None:
    """Raise BadInputError where everybody in the network could use the server unasked."""
    if token is None and not without_token and not is_loopback(host.lower()):
        raise BadInputError(
            f"on {host} everybody in the network can reach the server: give it a token by "
            "--token-file or IGAN_TOKEN, or say --without-token."
        )


class WebServer:
    """Runs an application on a socket until it is told to stop.

    Args:
        service: told first, so that its clients hear goodbye.
    """

    def __init__(
        self, application: "ASGIApp", service: "EditingService", listening: socket.socket
    ) -> None:
        self._service, self._listening = service, listening
        self._server = _Server(_config(application, service.limits))
        self._stopping: asyncio.Task[None] | None = None

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGINT or SIGTERM; a second SIGINT does not wait for anybody."""
        asyncio.run(self.serve(on_ready, signals=True))

    async def serve(self, on_ready: Callable[[], None], signals: bool = False) -> None:
        """The same in a loop of one's own, until `stop`."""
        loop = asyncio.get_running_loop()
        for one in STOP_SIGNALS if signals else ():
            signal.signal(one, lambda number, _: loop.call_soon_threadsafe(self._signalled, number))
        serving = asyncio.create_task(self._server.serve(sockets=[self._listening]))
        while not (self._server.started or serving.done()):
            await asyncio.sleep(0.01)
        if not serving.done():
            on_ready()
        await serving

    def stop(self) -> None:
        """Begin to stop; to be called in the loop."""
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())

    def _signalled(self, number: int) -> None:
        if self._stopping is not None and number == signal.SIGINT:
            self._server.force_exit = True
        self.stop()

    async def _stop(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.to_thread(self._service.close)
        self._server.should_exit = True


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `WebServer`, which says goodbye first."""
        yield


def _config(application: "ASGIApp", limits: "Limits") -> uvicorn.Config:
    return uvicorn.Config(
        application,
        http="h11",
        ws="websockets-sansio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        ws_max_size=limits.message_bytes,
        ws_per_message_deflate=False,  # pictures are compressed already
        ws_ping_interval=PING_S,
        ws_ping_timeout=PING_S,
        limit_concurrency=8 * limits.sessions + 64,
        timeout_graceful_shutdown=int(PATIENCE_S),
    )
