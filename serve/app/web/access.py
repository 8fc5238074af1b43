"""Who may ask: rules about the names in `Host` and `Origin`, and the bearer token."""

import hmac
import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from serve.app.protocol.version import BEARER_SUBPROTOCOL
from serve.errors import BadInputError

FEWEST_TOKEN_CHARACTERS = 16
TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9._~-]+")
"""What a header, a subprotocol and an address can all hold as it stands."""

_BEARER_SCHEME = "Bearer "


@dataclass(frozen=True)
class Access:
    """What a request must bring.

    Attributes:
        token: None lets everybody in who can reach the server.
        origins: of foreign pages that may use it, such as "https://example.org".
        names: of hosts by which it is called, besides those of this machine and any address that is
            a number.
    """

    token: str | None = None
    origins: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @classmethod
    def of(cls, host: str, token: str | None = None, origins: Iterable[str] = ()) -> Self:
        """Rules for a server that listens on `host`.

        Raises:
            BadInputError: the token or an origin is none.
        """
        if token is not None:
            check_token(token)
        allowed = frozenset(checked_origin(origin) for origin in origins)
        named = {host.lower(), *(name_of_host(urlsplit(one).netloc) for one in allowed)}
        return cls(token, allowed, frozenset(named))

    def allows_host(self, host: str | None) -> bool:
        """Whether a `Host` header names this server.

        A page elsewhere whose name is made to point at this machine (DNS rebinding) sends its own
        name; a number cannot be made to.
        """
        if host is None:
            return False
        name = name_of_host(host)
        return is_number(name) or is_loopback(name) or name in self.names

    def allows_origin(self, origin: str | None, host: str | None) -> bool:
        """Whether the page that asks is this server's own, or one that was allowed.

        Programs send no `Origin`; browsers always do where it matters.
        """
        if origin is None or origin.lower() in self.origins:
            return True
        own = urlsplit(origin).netloc.lower()
        return own != "" and host is not None and own == host.lower()

    def allows_authorization(self, authorization: str | None) -> bool:
        """Whether an `Authorization` header holds the token, in constant time."""
        if authorization is None or not authorization.startswith(_BEARER_SCHEME):
            return self.token is None
        return self._is_token(authorization.removeprefix(_BEARER_SCHEME))

    def allows_subprotocols(self, offered: Sequence[str]) -> bool:
        """Whether the subprotocols of a WebSocket hold `bearer.TOKEN`: browsers send no header."""
        tokens = [
            one.removeprefix(BEARER_SUBPROTOCOL)
            for one in offered
            if one.startswith(BEARER_SUBPROTOCOL)
        ]
        return self.token is None or any(self._is_token(token) for token in tokens)

    def _is_token(self, given: str) -> bool:
        return self.token is None or hmac.compare_digest(given.encode(), self.token.encode())


def check_token(token: str) -> None:
    """Raise BadInputError unless this can be used as a token."""
    if len(token) < FEWEST_TOKEN_CHARACTERS or not TOKEN_CHARACTERS.fullmatch(token):
        raise BadInputError(
            f"the token must have at least {FEWEST_TOKEN_CHARACTERS} characters, only letters, "
            "digits and . _ ~ -; make one with `openssl rand -hex 24`."
        )


def read_token(file: Path) -> str:
    """The token in a file, without the space around it.

    Raises:
        BadInputError: the file cannot be read or holds no token.
    """
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BadInputError(f"the token file {file} cannot be read: {reason}.") from None
    check_token(token)
    return token


def checked_origin(origin: str) -> str:
    """An origin in lower case.

    Raises:
        BadInputError: it is not a scheme and a host, and nothing else.
    """
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path not in ("", "/"):
        raise BadInputError(f"{origin} is no origin; write it like https://example.org:8443.")
    return f"{parts.scheme}://{parts.netloc.lower()}"


def name_of_host(host: str) -> str:
    """The name in `name:port`, `[::1]:port` or without a port, in lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return is_number(host) and ipaddress.ip_address(host).is_loopback


def is_number(name: str) -> bool:
    """Whether this is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
