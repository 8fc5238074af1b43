"""Errors as answers: a status, a sentence, and what the client can do about it."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from serve.errors import (
    BadInputError,
    BusyError,
    CancelledError,
    LimitError,
    ServeError,
    UnknownPhotoError,
)

CLIENT_CLOSED_REQUEST = 499


def refusal(error: ServeError) -> tuple[int, dict[str, Any]]:
    """Status and body for an error that was raised on purpose."""
    body: dict[str, Any] = {"error": str(error)}
    match error:
        case UnknownPhotoError():
            return 409, {**body, "needs_photo": error.sha256}
        case LimitError():
            return 413, body
        case BadInputError():
            return 422, body
        case BusyError():
            return 503, {**body, "retry_after_s": error.retry_after_s}
        case CancelledError():
            return 503, body
        case _:
            return 500, body


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer to a request that ended with this error."""
    match error:
        case ServeError():
            status, body = refusal(error)
        case ClientDisconnect():
            status, body = CLIENT_CLOSED_REQUEST, {"error": "the client is gone."}
        case HTTPException():
            status, body = error.status_code, {"error": f"{error.detail}."}
        case _:
            status, body = 500, {"error": "the server failed; its log says where."}
    headers = dict(getattr(error, "headers", None) or {})
    if "retry_after_s" in body:
        headers["Retry-After"] = str(round(body["retry_after_s"]))
    return JSONResponse(body, status, headers)
