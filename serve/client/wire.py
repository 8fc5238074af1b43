"""The WebSocket of a session, which comes back by itself."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    WebSocketException,
)
from websockets.typing import Subprotocol

from serve.app.protocol.version import API, BEARER_SUBPROTOCOL, SUBPROTOCOL
from serve.errors import BadInputError, ServeError

FIRST_DELAY_S = 0.25
LONGEST_DELAY_S = 8.0
REFUSED = 1008

OnMessage = Callable[[str | bytes], Awaitable[None]]
OnConnected = Callable[[], Awaitable[None]]


def delay_s(attempt: int, chance: float) -> float:
    """How long to wait before an attempt, counted from 0: doubled each time, a little less by
    chance so that many clients do not all come back at once.
    """
    return min(FIRST_DELAY_S * 2.0**attempt, LONGEST_DELAY_S) * (1 - chance / 4)


class Wire:
    """Keeps a connection up until it is closed.

    Args:
        url: of the server, http or https.
        patience_s: how long the server may be away.
        on_connected: awaited with every new connection, before anything is read from it.
        on_message: awaited with each text and each frame.
    """

    def __init__(
        self,
        url: str,
        client: str,
        token: str | None,
        patience_s: float,
        on_connected: OnConnected,
        on_message: OnMessage,
    ) -> None:
        self._address = _socket_address(url, client)
        self._offered = (
            [SUBPROTOCOL] if token is None else [SUBPROTOCOL, BEARER_SUBPROTOCOL + token]
        )
        self._patience_s = patience_s
        self._on_connected, self._on_message = on_connected, on_message
        self._socket: ClientConnection | None = None
        self._retry_after_s = 0.0

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message now; without a connection it is not sent at all."""
        if self._socket is not None:
            try:
                await self._socket.send(json.dumps(message))
            except ConnectionClosed:
                return

    def wait_at_least(self, seconds: float) -> None:
        """Do not come back sooner than this, as the server asked."""
        self._retry_after_s = seconds

    async def run(self) -> None:
        """Stay connected.

        Raises:
            BadInputError: the server refuses this client.
            ServeError: it cannot be reached, or was away for longer than the patience.
        """
        attempt, away_since = 0, time.monotonic()
        while True:
            if await self._converse():
                attempt, away_since = 0, time.monotonic()
            wait_s = max(delay_s(attempt, random.random()), self._retry_after_s)
            attempt, self._retry_after_s = attempt + 1, 0.0
            if time.monotonic() + wait_s - away_since > self._patience_s:
                raise ServeError(
                    f"the server has not been there for {self._patience_s:g} s; is it running?"
                )
            await asyncio.sleep(wait_s)

    async def _converse(self) -> bool:
        """Run one connection to its end; whether there was one."""
        try:
            async with connect(
                self._address,
                subprotocols=[Subprotocol(one) for one in self._offered],
                compression=None,
                max_size=None,
            ) as socket:
                self._socket = socket
                await self._on_connected()
                async for message in socket:
                    await self._on_message(message)
        except InvalidStatus as error:
            if error.response.status_code < 500:
                raise BadInputError(_sentence(error)) from None
            return False
        except (OSError, InvalidHandshake, TimeoutError):
            return False
        except WebSocketException:
            pass
        finally:
            self._socket = None
        if socket.close_code == REFUSED:
            raise BadInputError(f"the server refuses this client: {socket.close_reason}.")
        return True


def _socket_address(url: str, client: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise BadInputError(
            f"{url} is no address of a server; write it like http://localhost:8000."
        )
    scheme = "wss" if parts.scheme == "https" else "ws"
    path = f"{parts.path.rstrip('/')}{API}/sessions"
    return urlunsplit((scheme, parts.netloc, path, f"client={client}", ""))


def _sentence(error: InvalidStatus) -> str:
    try:
        return str(json.loads(error.response.body or b"")["error"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {error.response.status_code}."
