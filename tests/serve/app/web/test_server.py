import json
import socket
import threading
from pathlib import Path

import pytest
from websockets.sync.client import connect

from serve.app.web.server import address_of, check_exposure, listen
from serve.errors import BadInputError
from tests.serve.app.web.running import running_server

CLIENT = "0123456789abcdef0123456789abcdef"


def test_a_port_that_is_taken_is_told() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInputError, match=rf"cannot listen on 127\.0\.0\.1 port {port}: "):
            listen("127.0.0.1", port)


def test_a_host_that_is_none_is_told() -> None:
    with pytest.raises(BadInputError, match="cannot listen on no such host port 1: "):
        listen("no such host", 1)


def test_the_address_is_one_to_open() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        assert address_of(listening) == f"http://127.0.0.1:{port}/"
        assert address_of(listening, "t0ken") == f"http://127.0.0.1:{port}/#token=t0ken"
    with listen("0.0.0.0", 0) as listening:
        assert address_of(listening).startswith("http://localhost:")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_an_address_of_ipv6_stands_in_brackets() -> None:
    with listen("::1", 0) as listening:
        assert address_of(listening).startswith("http://[::1]:")


def test_little_waits_unsent_in_the_system() -> None:
    with listen("127.0.0.1", 0) as listening:
        option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
        if option is None:
            pytest.skip("this system does not know TCP_NOTSENT_LOWAT")
        assert listening.getsockopt(socket.IPPROTO_TCP, option) == 2**14


def test_nobody_is_exposed_by_accident() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        check_exposure(host, None, without_token=False)
    check_exposure("0.0.0.0", "a token", without_token=False)
    check_exposure("0.0.0.0", None, without_token=True)
    with pytest.raises(BadInputError, match=r"on 0\.0\.0\.0 everybody in the network"):
        check_exposure("0.0.0.0", None, without_token=False)


def test_stopping_says_goodbye(bundle: Path) -> None:
    said: list[str] = []
    ended = threading.Event()

    def listen_until_the_end(address: str) -> None:
        with connect(address, subprotocols=["igan.v1"]) as listening:  # type: ignore[list-item]
            connected.set()
            said.extend(map(str, listening))
            assert listening.close_code == 1001
        ended.set()

    connected = threading.Event()
    with running_server(bundle) as server:
        address = f"ws://127.0.0.1:{server.port}/api/v1/sessions?client={CLIENT}"
        listener = threading.Thread(target=listen_until_the_end, args=(address,))
        listener.start()
        assert connected.wait(10)
    listener.join(10)
    assert ended.is_set()
    assert json.loads(said[-1])["kind"] == "bye"
    assert not server.service.ready


def test_a_stopped_server_frees_its_port(bundle: Path) -> None:
    with running_server(bundle) as server:
        port = server.port
    with running_server(bundle, port=port) as again:
        assert again.port == port
