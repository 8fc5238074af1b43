"""The random name that a client makes for itself; its photos are kept under it."""

import re

from serve.app.protocol.version import CLIENT_HEADER
from serve.errors import BadInputError

_CLIENT = re.compile(r"[0-9a-f]{32}")


def check_client(client: str | None) -> str:
    """The name, as it was given.

    Raises:
        BadInputError: it is not 128 bits in hexadecimal digits.
    """
    if client is None or not _CLIENT.fullmatch(client):
        raise BadInputError(
            f"name the client by 32 random hexadecimal digits, in {CLIENT_HEADER} or as 'client'."
        )
    return client
