import asyncio
import contextlib
import json
import random
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from serve.app.limits import Limits
from serve.app.outbox import Outbox
from serve.app.protocol import SUBPROTOCOL, Frame, FrameKind
from serve.app.web.access import Access
from serve.app.web.conversation import converse
from serve.latent import ColourStroke
from tests.serve.app.web.running import Running, running_server

CLIENT = "0123456789abcdef0123456789abcdef"
TOKEN = "correct-horse-battery"
OPEN = {"kind": "open", "bundle": "tiny", "start": "random", "generation": 1}


def stroke(generation: int, red: float = 200.0) -> dict[str, Any]:
    constraint = ColourStroke(((10.0, 16.0), (20.0, 16.0)), (red, 30.0, 30.0), 6.0)
    return {"kind": "draw", "generation": generation, "constraint": constraint.to_json()}


@contextmanager
def socket_of(
    running: Running, client: str = CLIENT, protocols: tuple[str, ...] = (SUBPROTOCOL,), **more: Any
) -> Iterator[ClientConnection]:
    address = f"ws://127.0.0.1:{running.port}/api/v1/sessions?client={client}"
    offered = [Subprotocol(one) for one in protocols] or None
    with connect(address, subprotocols=offered, max_size=None, **more) as connection:
        yield connection


def say(connection: ClientConnection, message: object) -> None:
    connection.send(json.dumps(message))


def wait_for(
    connection: ClientConnection, found: Callable[[Any], bool], within_s: float = 20
) -> Any:
    """The first message (a dictionary) or frame of which this holds."""
    deadline = time.monotonic() + within_s
    while True:
        data = connection.recv(max(0.01, deadline - time.monotonic()))
        received = json.loads(data) if isinstance(data, str) else Frame.from_bytes(data)
        if found(received):
            return received


def of_kind(kind: str) -> Callable[[Any], bool]:
    return lambda received: isinstance(received, dict) and received["kind"] == kind


def frame_since(generation: int) -> Callable[[Any], bool]:
    return lambda received: (
        isinstance(received, Frame)
        and received.kind is FrameKind.MODEL
        and received.generation >= generation
    )


def sessions_end(running: Running, left: int = 0) -> bool:
    deadline = time.monotonic() + 10
    while connections(running) > left and time.monotonic() < deadline:
        time.sleep(0.02)
    return connections(running) == left


def connections(running: Running) -> float:
    return running.service.metrics.snapshot().gauges.get("connections", 0)


def test_a_stroke_comes_back_as_pictures(server: Running) -> None:
    with socket_of(server) as connection:
        assert connection.subprotocol == SUBPROTOCOL
        say(connection, OPEN)
        opened = wait_for(connection, of_kind("opened"))
        assert opened["canvas"] == {"width_px": 32, "height_px": 32}
        first = wait_for(connection, frame_since(1))
        say(connection, stroke(2))
        wait_for(connection, lambda one: frame_since(2)(one) and one.payload != first.payload)
        state = wait_for(connection, lambda one: of_kind("state")(one) and one["generation"] == 2)
        assert len(state["edit"]["constraints"]) == 1
    assert sessions_end(server)


@pytest.mark.parametrize(
    ("client", "protocols", "sentence"),
    [
        ("", (SUBPROTOCOL,), "32 random hexadecimal digits"),
        ("0123", (SUBPROTOCOL,), "32 random hexadecimal digits"),
        (CLIENT, (), "igan.v1"),
        (CLIENT, ("igan.v9",), "igan.v1"),
    ],
)
def test_strangers_are_told_what_is_missing(
    server: Running, client: str, protocols: tuple[str, ...], sentence: str
) -> None:
    with socket_of(server, client, protocols) as connection:
        assert sentence in wait_for(connection, of_kind("bye"))["sentence"]
        with pytest.raises(ConnectionClosed):
            connection.recv(10)
        assert connection.close_code == 1008
        assert sentence in (connection.close_reason or "")


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_foreign_pages_get_no_socket(server: Running, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused, socket_of(server, origin=origin):
        pass
    assert refused.value.response.status_code == 403
    assert "error" in json.loads(refused.value.response.body or b"")


def test_a_name_that_was_made_to_point_here_gets_no_socket(server: Running) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as rebound:
        rebound.settimeout(10)
        rebound.sendall(handshake("evil.example"))
        assert rebound.recv(1000).startswith(b"HTTP/1.1 421")


def test_its_own_page_gets_one(server: Running) -> None:
    with socket_of(server, origin=f"http://127.0.0.1:{server.port}") as connection:
        say(connection, OPEN)
        wait_for(connection, of_kind("opened"))


def test_the_token_opens_the_socket(bundle: Path) -> None:
    with running_server(bundle, access=Access.of("127.0.0.1", TOKEN)) as running:
        for wrong in ((SUBPROTOCOL,), (SUBPROTOCOL, "bearer.guessed-wrong-token")):
            with pytest.raises(InvalidStatus) as refused, socket_of(running, protocols=wrong):
                pass
            assert refused.value.response.status_code == 401
        right = (SUBPROTOCOL, f"bearer.{TOKEN}")
        with socket_of(running, protocols=right) as connection:
            assert connection.subprotocol == SUBPROTOCOL
            say(connection, OPEN)
            wait_for(connection, of_kind("opened"))


def test_three_times_more_people_than_places(bundle: Path) -> None:
    limits = Limits(sessions=2, retry_after_s=0.2)
    with running_server(bundle, limits) as running:
        told: list[str] = []
        lock = threading.Lock()
        all_told = threading.Barrier(6)

        def visit(number: int) -> None:
            with socket_of(running, f"{number:032x}") as connection:
                with contextlib.suppress(ConnectionClosed):  # some are refused sooner
                    say(connection, OPEN)
                answer = wait_for(connection, lambda one: of_kind("busy")(one) or opened(one))
                with lock:
                    told.append(answer["kind"])
                if answer["kind"] == "busy":
                    assert answer["retry_after_s"] == 0.2
                    assert "2 places are taken" in answer["sentence"]
                    with pytest.raises(ConnectionClosed):
                        connection.recv(10)
                    assert connection.close_code == 1013
                all_told.wait(30)

        opened = of_kind("opened")
        visitors = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(60)
        assert sorted(told) == ["busy"] * 4 + ["opened"] * 2
        assert sessions_end(running)
        with socket_of(running) as connection:  # there is room again
            say(connection, OPEN)
            wait_for(connection, opened)


def malformed(random_numbers: random.Random) -> str:
    """A text that is no message, each time another one."""
    good = json.dumps(random_numbers.choice([OPEN, stroke(3)]))
    way = random_numbers.randrange(6)
    if way == 0:
        return good[: random_numbers.randrange(len(good) - 1)]
    if way == 1:
        return "".join(chr(random_numbers.randrange(32, 0x2FF)) for _ in range(40))
    if way == 2:
        return "[" * random_numbers.randrange(1, 5000)
    if way == 3:
        return json.dumps({"kind": random_numbers.choice(["", "drawn", 7, None, [], "__init__"])})
    if way == 4:
        return json.dumps({**stroke(3), "constraint": random_numbers.choice([None, 1, {}, "x"])})
    return json.dumps({"kind": "draw", "generation": random_numbers.choice([-1, 2**32, "1", 0.5])})


def test_a_thousand_malformed_messages_are_each_refused(bundle: Path) -> None:
    limits = Limits(messages_per_s=100_000, unread_messages=2000)
    random_numbers = random.Random(0)
    with running_server(bundle, limits) as running, socket_of(running) as connection:
        say(connection, OPEN)
        wait_for(connection, of_kind("opened"))
        refusals = 0
        for _ in range(1000):
            connection.send(malformed(random_numbers))
        while refusals < 1000:
            answer = wait_for(connection, of_kind("error"))
            assert answer["sentence"].endswith((".", "…"))
            assert len(answer["sentence"]) < 1000
            refusals += 1
        say(connection, stroke(9))
        wait_for(connection, frame_since(9))


def test_bytes_and_what_is_too_long_end_the_connection(bundle: Path) -> None:
    with running_server(bundle, Limits(message_bytes=10_000)) as running:
        with socket_of(running) as connection:
            connection.send(b"\x00\x01")
            with pytest.raises(ConnectionClosed):
                wait_for(connection, lambda _: False)
            assert connection.close_code == 1003
        with socket_of(running) as connection:
            connection.send("x" * 20_000)
            with pytest.raises(ConnectionClosed):
                wait_for(connection, lambda _: False)
            assert connection.close_code == 1009
        assert sessions_end(running)


def test_who_talks_too_fast_is_listened_to_later(bundle: Path) -> None:
    with (
        running_server(bundle, Limits(messages_per_s=50)) as running,
        socket_of(running) as connection,
    ):
        began = time.monotonic()
        for _ in range(100):
            connection.send("nonsense")
        for _ in range(100):
            wait_for(connection, of_kind("error"))
        assert time.monotonic() - began > 0.9  # fifty at once, fifty more in a second


def handshake(host: str) -> bytes:
    lines = [
        f"GET /api/v1/sessions?client={CLIENT} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def masked_text(message: object) -> bytes:
    """A text frame of a client, with a mask of zeros."""
    data = json.dumps(message).encode()
    return bytes([0x81, 0x80 | 126]) + struct.pack(">H", len(data)) + bytes(4) + data


def test_who_vanishes_in_the_middle_of_a_stroke_is_forgotten(bundle: Path) -> None:
    with running_server(bundle) as running:
        for _ in range(5):
            vanishing = socket.create_connection(("127.0.0.1", running.port))
            vanishing.sendall(handshake("127.0.0.1"))
            assert vanishing.recv(1000).startswith(b"HTTP/1.1 101")
            vanishing.sendall(masked_text(OPEN) + masked_text(stroke(2)))
            vanishing.sendall(masked_text(stroke(3))[:30])
            no_goodbye = struct.pack("ii", 1, 0)  # the connection is reset, not closed
            vanishing.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_goodbye)
            vanishing.close()
        assert sessions_end(running)
        with socket_of(running) as connection:
            say(connection, OPEN)
            wait_for(connection, of_kind("opened"))


def test_who_does_not_read_is_given_up_and_costs_nobody_anything(bundle: Path) -> None:
    with running_server(bundle, Limits(send_s=0.5)) as running, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", running.port))
        deaf.sendall(handshake("127.0.0.1"))
        assert deaf.recv(129).startswith(b"HTTP/1.1 101")
        deaf.sendall(masked_text(OPEN) + masked_text(stroke(2)))
        with socket_of(running, "f" * 32) as other:
            say(other, OPEN)
            wait_for(other, of_kind("opened"))
            generation, deadline = 3, time.monotonic() + 60
            while connections(running) > 1 and time.monotonic() < deadline:
                colour = float(50 * (generation % 5))  # the edit moves on and on
                with contextlib.suppress(OSError):
                    deaf.sendall(masked_text(stroke(generation, colour) | {"kind": "redraw"}))
                time.sleep(0.01)
                generation += 1
            assert connections(running) == 1
            say(other, stroke(2))
            wait_for(other, frame_since(2))


class StubConnection:
    """A connection with nothing but its outbox."""

    closed = False

    def __init__(self, on_output: Callable[[], None]) -> None:
        self._outbox = Outbox(on_output, most_messages=10)
        self.sender = self._outbox.sender()

    def take(self) -> list[str | bytes]:
        return self._outbox.take()

    def close(self) -> None:
        self.closed = True


class StubService:
    """A service that hands out such connections."""

    limits = Limits()

    def connect(self, client: str, on_output: Callable[[], None]) -> StubConnection:
        self.connection = StubConnection(on_output)
        return self.connection


def test_a_slow_reader_gets_fewer_pictures_and_the_newest() -> None:
    sent: list[bytes] = []

    async def read_slowly() -> None:
        service: Any = StubService()
        reading, leaving = asyncio.Event(), asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not hasattr(service, "connection"):
                return {"type": "websocket.connect"}
            await leaving.wait()
            return {"type": "websocket.disconnect", "code": 1001}

        async def send(message: Any) -> None:
            if message["type"] == "websocket.send":
                sent.append(message["bytes"])
                await reading.wait()  # as while the socket's buffer is full

        scope = {
            "type": "websocket",
            "query_string": f"client={CLIENT}".encode(),
            "subprotocols": [SUBPROTOCOL],
            "headers": [],
        }
        conversing = asyncio.create_task(converse(WebSocket(scope, receive, send), service))
        for number in range(100):
            await asyncio.sleep(0.001)
            service.connection.sender.picture("live", str(number).encode())
        reading.set()
        while sent[-1] != b"99":
            await asyncio.sleep(0.001)
        leaving.set()
        await conversing
        assert service.connection.closed

    asyncio.run(asyncio.wait_for(read_slowly(), 20))
    assert sent == [b"0", b"99"]


def test_two_peoples_edits_never_mix(bundle: Path) -> None:
    with (
        running_server(bundle) as running,
        socket_of(running, "1" * 32) as one,
        socket_of(running, "2" * 32) as two,
    ):
        say(one, OPEN | {"seed": 1})
        say(two, OPEN | {"seed": 2})
        first, second = wait_for(one, frame_since(1)), wait_for(two, frame_since(1))
        assert first.payload != second.payload
        say(one, stroke(2))
        state = wait_for(one, lambda told: of_kind("state")(told) and told["generation"] == 2)
        assert len(state["edit"]["constraints"]) == 1
        say(two, {"kind": "restart", "generation": 2})
        state = wait_for(two, lambda told: of_kind("state")(told) and told["generation"] == 2)
        assert state["edit"]["constraints"] == []
        assert state["edit"]["seed"] == 2
