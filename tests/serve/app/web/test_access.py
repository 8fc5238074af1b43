from pathlib import Path

import pytest

from serve.app.web.access import Access, is_loopback, read_token
from serve.errors import BadInputError

TOKEN = "correct-horse-battery"


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8000", True),
        ("localhost:8000", True),
        ("editor.localhost", True),
        ("[::1]:8000", True),
        ("192.168.3.4:8000", True),  # a number cannot be made to point elsewhere
        ("example.org", True),
        ("EXAMPLE.org:443", True),
        ("evil.example", False),
        ("localhost.evil.example:8000", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        (None, False),
    ],
)
def test_only_its_own_names_are_answered(host: str | None, allowed: bool) -> None:
    access = Access.of("127.0.0.1", origins=["https://example.org"])
    assert access.allows_host(host) is allowed


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "localhost:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://LOCALHOST:8000", "localhost:8000", True),
        ("https://example.org", "localhost:8000", True),
        ("http://localhost:9000", "localhost:8000", False),
        ("http://127.0.0.1:8000", "localhost:8000", False),
        ("https://example.org.evil.example", "localhost:8000", False),
        ("http://example.org", "localhost:8000", False),
        ("null", "localhost:8000", False),
        ("null", "", False),
        ("http://evil.example", None, False),
    ],
)
def test_only_its_own_page_may_use_it(origin: str | None, host: str | None, allowed: bool) -> None:
    access = Access.of("127.0.0.1", origins=["https://example.org"])
    assert access.allows_origin(origin, host) is allowed


def test_a_token_is_asked_for_where_there_is_one() -> None:
    access = Access.of("127.0.0.1", TOKEN)
    assert access.allows_authorization(f"Bearer {TOKEN}")
    for wrong in (None, "", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN}x", "Bearer ", "Bearer ü"):
        assert not access.allows_authorization(wrong)
    assert access.allows_subprotocols(["igan.v1", f"bearer.{TOKEN}"])
    assert not access.allows_subprotocols(["igan.v1"])
    assert not access.allows_subprotocols(["igan.v1", "bearer.guessed-wrong-token"])


def test_without_a_token_anything_is_let_in() -> None:
    access = Access.of("127.0.0.1")
    assert access.allows_authorization(None)
    assert access.allows_authorization("Bearer of-another-server")
    assert access.allows_subprotocols(["igan.v1"])


@pytest.mark.parametrize("token", ["", "short", "with spaces in the middle", "ümläute-ümläute-"])
def test_a_weak_or_unfit_token_is_refused(token: str) -> None:
    with pytest.raises(BadInputError, match="at least 16 characters"):
        Access.of("127.0.0.1", token)


@pytest.mark.parametrize("origin", ["example.org", "ftp://example.org", "https://a.org/path", ""])
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(BadInputError, match="is no origin"):
        Access.of("127.0.0.1", origins=[origin])


def test_a_token_is_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert read_token(file) == TOKEN
    with pytest.raises(BadInputError, match="cannot be read: No such file"):
        read_token(tmp_path / "nothing")
    file.write_bytes(b"\xff\xfe" * 20)
    with pytest.raises(BadInputError, match="it is no text"):
        read_token(file)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.org", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
