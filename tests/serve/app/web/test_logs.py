import asyncio
import io
import json
import logging
import sys

import pytest

from serve.app.limits import Limits
from serve.app.metrics import Metrics
from serve.app.photos import PhotoShelf
from serve.app.web.logs import JsonFormatter, Observed
from serve.app.web.monitoring import Monitoring


def test_a_record_is_one_line_of_json() -> None:
    try:
        raise ValueError("on\ntwo lines")
    except ValueError:
        failure = sys.exc_info()
    record = logging.LogRecord("serve.x", logging.ERROR, "x.py", 1, "it %s", ("broke",), failure)
    record.ms = 3.5
    record.photo_name = "holiday.jpg"
    line = JsonFormatter().format(record)
    assert "\n" not in line
    document = json.loads(line)
    assert document["event"] == "it broke"
    assert document["level"] == "error"
    assert document["ms"] == 3.5
    assert "ValueError" in document["traceback"]
    assert "holiday" not in line  # only the keys that are listed are logged


def test_an_answer_is_logged_by_its_route_and_not_by_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Route:
        path = "/api/v1/samples/{name}"

    async def application(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        scope["route"] = Route
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def ask() -> None:
        async def nothing(*_: object) -> None:
            return None

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/v1/samples/my-face.jpg",
            "query_string": b"client=0123456789abcdef0123456789abcdef",
        }
        await Observed(application, Monitoring(Metrics(), PhotoShelf(Limits())))(
            scope, nothing, nothing
        )

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("serve.app.web.logs")
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.INFO, "serve"):
            asyncio.run(ask())
    finally:
        logger.removeHandler(handler)
    (line,) = stream.getvalue().splitlines()
    document = json.loads(line)
    assert (document["method"], document["route"], document["status"]) == ("GET", Route.path, 200)
    assert "my-face" not in line
    assert "0123456789abcdef" not in line
