import socket
import ssl
import threading
import time
from typing import Any

import pytest

from igan.data.downloading.fetching import FetchError, FetchLimits, PhotoFetcher, host_of
from tests.igan.data.downloading.misbehaving_server import MisbehavingServer, jpeg

HERE = FetchLimits(largest_bytes=200_000, deadline_s=10, allow_private_hosts=True)
IMPATIENT = FetchLimits(deadline_s=0.8, allow_private_hosts=True)


def test_a_photo_arrives_whole(server: MisbehavingServer) -> None:
    photo = PhotoFetcher(HERE).fetch(server.url("/photo/8.jpg"))
    assert photo.data == jpeg(8)
    assert photo.suffix == ".jpg"


@pytest.mark.parametrize(("path", "seed"), [("/redirect/a.jpg", 6), ("/untyped/a", 7)])
def test_redirects_and_untyped_photos_are_followed(
    server: MisbehavingServer, path: str, seed: int
) -> None:
    assert PhotoFetcher(HERE).fetch(server.url(path)).data == jpeg(seed)


@pytest.mark.parametrize(
    ("path", "reason", "passing"),
    [
        ("/missing/a.jpg", "was answered with 404", False),
        ("/always-500/a.jpg", "was answered with 500", True),
        ("/truncated/a.jpg", "was not sent whole", True),
        ("/closes-early/a.jpg", "was not sent whole", True),
        ("/page/a.jpg", "is 'text/html', no photo", False),
        ("/page-called-a-photo/a.jpg", "is no photo", False),
        ("/huge/a.jpg", "is larger than 200,000 bytes", False),
        ("/endless/a.jpg", "is larger than 200,000 bytes", False),
        ("/redirect-loop/a.jpg", "redirected more than 5 times", False),
        ("/redirect-to-a-file/a.jpg", "neither http nor https", False),
    ],
)
def test_misbehaviour_is_told_apart(
    server: MisbehavingServer, path: str, reason: str, passing: bool
) -> None:
    with pytest.raises(FetchError, match=reason) as caught:
        PhotoFetcher(HERE).fetch(server.url(path))
    assert caught.value.passing is passing


@pytest.mark.parametrize("path", ["/drip/a.jpg", "/dripping-headers/a.jpg"])
def test_a_server_that_drips_is_left_after_a_while(server: MisbehavingServer, path: str) -> None:
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"took longer than 0\.8 s") as caught:
        PhotoFetcher(IMPATIENT).fetch(server.url(path))
    assert caught.value.passing
    assert time.monotonic() - started < 5


def test_the_wish_to_wait_is_passed_on(server: MisbehavingServer) -> None:
    with pytest.raises(FetchError) as caught:
        PhotoFetcher(HERE).fetch(server.url("/first-429/a.jpg"))
    assert (caught.value.passing, caught.value.wait_s) == (True, 1.0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "127.1"])
def test_private_addresses_are_refused_unless_allowed(server: MisbehavingServer, host: str) -> None:
    port = server.address.rpartition(":")[2]
    with pytest.raises(FetchError, match=r"private network|not known"):
        PhotoFetcher(FetchLimits()).fetch(f"http://{host}:{port}/photo/1.jpg")
    assert not server.requests


def resolving(monkeypatch: pytest.MonkeyPatch, answers: list[str]) -> list[tuple[str, int]]:
    """Let names resolve to these addresses, one a question; return what is connected to."""
    connected: list[tuple[str, int]] = []
    questions = iter(answers)

    def resolve(host: str, port: int, **_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(questions), port))]

    def connect(self: socket.socket, address: tuple[str, int]) -> None:
        connected.append(address)
        raise ConnectionRefusedError(111, "refused by the test")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return connected


def test_what_was_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that resolves to another address at the second question gets no second question."""
    connected = resolving(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(FetchError, match="refused by the test"):
        PhotoFetcher(FetchLimits()).fetch("http://rebinding.example/a.jpg")
    assert connected == [("8.8.8.8", 80)]


def test_a_name_of_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = resolving(monkeypatch, ["10.0.0.7"])
    with pytest.raises(FetchError, match="private network"):
        PhotoFetcher(FetchLimits()).fetch("https://inside.example/a.jpg")
    assert connected == []


def test_a_redirect_into_a_private_network_is_refused(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server itself is let through, to see the redirect alone refused."""
    monkeypatch.setattr(
        "igan.data.downloading.fetching.is_public", lambda address: address == "127.0.0.1"
    )
    with pytest.raises(FetchError, match=r"169\.254\.169\.254, an address of a private") as caught:
        PhotoFetcher(FetchLimits()).fetch(server.url("/redirect-to-metadata/a.jpg"))
    assert caught.value.refused
    assert not caught.value.of_host


@pytest.mark.parametrize(
    "url",
    ["", "photo.jpg", "ftp://example.com/a.jpg", "http://", "http://a:99999/", "http://[::1/a.jpg"],
)
def test_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(FetchError, match="address"):
        PhotoFetcher(FetchLimits()).fetch(url)


def test_names_and_passwords_are_not_sent() -> None:
    with pytest.raises(FetchError, match="user name"):
        PhotoFetcher(FetchLimits()).fetch("http://user:secret@example.com/a.jpg")


def test_spaces_and_line_ends_in_an_address_do_no_harm(server: MisbehavingServer) -> None:
    with pytest.raises(FetchError, match="404"):
        PhotoFetcher(HERE).fetch(server.url("/a b\u00e9/\r\nX: y.jpg"))
    assert list(server.requests) == ["/a%20b%C3%A9/X:%20y.jpg"]


def test_a_server_without_tls_is_no_https_server(server: MisbehavingServer) -> None:
    with pytest.raises(FetchError, match="was not sent whole") as caught:
        PhotoFetcher(HERE).fetch(server.url("/photo/1.jpg").replace("http:", "https:"))
    assert isinstance(caught.value.__cause__, ssl.SSLError)


def test_closing_breaks_off_what_is_under_way(server: MisbehavingServer) -> None:
    fetcher = PhotoFetcher(FetchLimits(allow_private_hosts=True))
    threading.Timer(0.3, fetcher.close).start()
    started = time.monotonic()
    with pytest.raises(FetchError, match="broken off"):
        fetcher.fetch(server.url("/drip/a.jpg"))
    assert time.monotonic() - started < 3
    with pytest.raises(FetchError, match="broken off"):
        fetcher.fetch(server.url("/photo/1.jpg"))


def test_host_of() -> None:
    assert host_of("https://Images.Example.com:8080/a") == "images.example.com"
    assert host_of("nonsense") == host_of("http://[::1/a") == ""
