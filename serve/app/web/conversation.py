"""One session's WebSocket: what comes in goes to the connection, what it has goes out.

A send is awaited before anything more is taken, so a slow reader gets fewer pictures and what waits
for it never grows.
"""

import asyncio
import contextlib
import json
import logging
import time
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from serve.app.limits import Limits
from serve.app.protocol import SUBPROTOCOL
from serve.app.service import Connection, EditingService
from serve.app.web.identity import check_client
from serve.app.web.pacing import Pace
from serve.errors import BadInputError, BusyError

GOING_AWAY, NOT_ACCEPTABLE, REFUSED, TRY_AGAIN_LATER = 1001, 1003, 1008, 1013
LONGEST_REASON = 120
LARGE_MESSAGE = 2**14
"""Longer texts are read beside the event loop, so that nobody else waits for it."""

_log = logging.getLogger(__name__)


async def converse(socket: WebSocket, service: EditingService) -> None:
    """Serve one WebSocket until either side ends it."""
    speaks_it = SUBPROTOCOL in socket.scope["subprotocols"]
    await socket.accept(SUBPROTOCOL if speaks_it else None)
    loop, something_waits = asyncio.get_running_loop(), asyncio.Event()

    def on_output() -> None:
        loop.call_soon_threadsafe(something_waits.set)

    began, limits = time.monotonic(), service.limits
    try:
        if not speaks_it:
            raise BadInputError(f"this server speaks {SUBPROTOCOL}; name it as a subprotocol.")
        client = check_client(socket.query_params.get("client"))
        connection = service.connect(client, on_output)
    except BusyError as error:
        told = {"kind": "busy", "sentence": str(error), "retry_after_s": error.retry_after_s}
        await _turn_away(socket, told, TRY_AGAIN_LATER)
        return
    except BadInputError as error:
        await _turn_away(socket, {"kind": "bye", "sentence": str(error)}, REFUSED)
        return
    reason = "failed"
    try:
        reason = await _relay(socket, connection, something_waits, limits)
    finally:
        connection.close()
        seconds = round(time.monotonic() - began, 1)
        _log.info("a session ended", extra={"reason": reason, "seconds": seconds})


async def _relay(
    socket: WebSocket, connection: Connection, something_waits: asyncio.Event, limits: Limits
) -> str:
    """Run both directions until one ends, and tell why it did."""
    directions = {
        asyncio.create_task(_receive(socket, connection, Pace(limits.messages_per_s))),
        asyncio.create_task(_send(socket, connection, something_waits, limits.send_s)),
    }
    try:
        ended, _ = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        return ended.pop().result()
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)


async def _receive(socket: WebSocket, connection: Connection, pace: Pace) -> str:
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return "the client left"
        await asyncio.sleep(pace.take())
        text = message.get("text")
        if text is None:
            await socket.close(NOT_ACCEPTABLE, "messages are text")
            return "the client sent bytes"
        if len(text) > LARGE_MESSAGE:
            await asyncio.to_thread(connection.receive, text)
        else:
            connection.receive(text)


async def _send(
    socket: WebSocket, connection: Connection, something_waits: asyncio.Event, send_s: float
) -> str:
    try:
        closed = False
        while not closed:
            await something_waits.wait()
            something_waits.clear()
            closed = connection.closed  # asked first: then the goodbye is among what waits
            for waiting in connection.take():
                async with asyncio.timeout(send_s):
                    if isinstance(waiting, str):
                        await socket.send_text(waiting)
                    else:
                        await socket.send_bytes(waiting)
        await socket.close(GOING_AWAY, "the service ended the session")
    except TimeoutError:
        return "the client does not read"
    except (WebSocketDisconnect, RuntimeError):
        return "the client vanished"
    return "the service ended it"


async def _turn_away(socket: WebSocket, told: dict[str, Any], code: int) -> None:
    with contextlib.suppress(WebSocketDisconnect):
        await socket.send_text(json.dumps(told))
        await socket.close(code, told["sentence"][:LONGEST_REASON])
