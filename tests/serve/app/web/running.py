"""A real server on a free port, in a thread, for tests."""

import asyncio
import dataclasses
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from serve.app.limits import Limits
from serve.app.models import Models
from serve.app.samples import SamplePhoto
from serve.app.service import EditingService
from serve.app.web.access import Access
from serve.app.web.application import make_application
from serve.app.web.server import WebServer, address_of, listen
from tests.hostile_files import photo_file

LIMITS = Limits(job_threads=1, preview_threads=1, sessions=4, retry_after_s=0.2)
SAMPLE = SamplePhoto(
    name="drawn",
    file="drawn.png",
    title="A drawing",
    category="drawings",
    author="the authors",
    licence="MIT",
    origin="made here",
    data=photo_file(9, "PNG"),
)


@dataclasses.dataclass(frozen=True)
class Running:
    """What a test may want to know of the server that it talks to."""

    address: str
    port: int
    service: EditingService


@contextmanager
def running_server(
    bundle: Path,
    limits: Limits = LIMITS,
    access: Access | None = None,
    port: int = 0,
) -> Iterator[Running]:
    """Serve a bundle until the block ends; then stop as SIGTERM does."""
    listening = listen("127.0.0.1", port)
    service = EditingService(Models.load([bundle]), limits, (SAMPLE,))
    application = make_application(service, access or Access.of("127.0.0.1"))
    server = WebServer(application, service, listening)
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=lambda: loop.run_until_complete(server.serve(ready.set)))
    thread.start()
    try:
        assert ready.wait(30)
        yield Running(address_of(listening), listening.getsockname()[1], service)
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(30)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
    assert not thread.is_alive()
