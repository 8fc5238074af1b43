"""Logs as lines of JSON: what happened and how long it took, never what a photo shows or is called.

Routes are logged by their pattern, so that no client's name gets into them either.
"""

import json
import logging
import sys
import time
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.app.web.monitoring import Monitoring

LOGGED = ("method", "route", "status", "ms", "reason", "seconds")
STATIC = "/{name:path}"
UNKNOWN = "unknown"

_log = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """One record, one line."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {
            "at": at,
            "level": record.levelname.lower(),
            "from": record.name,
            "event": record.getMessage(),
        }
        line |= {key: vars(record)[key] for key in LOGGED if key in vars(record)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_to_stderr(level: str) -> None:
    """Send what `serve` logs from a level on, and the web server's warnings, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    own, uvicorn = logging.getLogger("serve"), logging.getLogger("uvicorn")
    own.setLevel(level.upper())
    uvicorn.setLevel(logging.WARNING)  # below, it writes whole addresses, with clients' names
    for logger in (own, uvicorn):
        logger.addHandler(handler)
        logger.propagate = False


class Observed:
    """ASGI middleware that logs and counts every answer."""

    def __init__(self, app: ASGIApp, monitoring: Monitoring) -> None:
        self._app, self._monitoring = app, monitoring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def send_observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_observed)
        finally:
            route = getattr(scope.get("route"), "path", UNKNOWN)
            method = scope["method"] if route != UNKNOWN else UNKNOWN
            self._monitoring.count_request(method, route, status)
            _log.log(
                logging.DEBUG if route == STATIC and status < 400 else logging.INFO,
                "answered",
                extra={
                    "method": method,
                    "route": route,
                    "status": status,
                    "ms": round(1000 * (time.monotonic() - began), 1),
                },
            )
