"""Reading the bodies of requests without ever holding more than is allowed."""

import json
from typing import Any

from starlette.requests import Request

from serve.errors import BadInputError, LimitError


async def read_body(request: Request, most_bytes: int) -> bytes:
    """The body, refused as soon as it is known to be too long.

    Raises:
        LimitError: it has more than `most_bytes`.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise _too_long(most_bytes)
    parts: list[bytes] = []
    length = 0
    async for part in request.stream():
        length += len(part)
        if length > most_bytes:
            raise _too_long(most_bytes)
        parts.append(part)
    return b"".join(parts)


async def read_json(request: Request, most_bytes: int) -> Any:
    """The body as JSON.

    Raises:
        LimitError: it has more than `most_bytes`.
        BadInputError: it is no JSON, or nested beyond all reason.
    """
    body = await read_body(request, most_bytes)
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise BadInputError("the body is not JSON.") from None


def _too_long(most_bytes: int) -> LimitError:
    return LimitError(
        f"that is more than the {most_bytes:,} bytes that are taken; make it smaller first."
    )
