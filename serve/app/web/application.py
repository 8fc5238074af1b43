"""The service as an ASGI application: the page, the HTTP interface and the WebSocket."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response, WebSocket
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp

from serve.app.protocol.version import API
from serve.app.service import EditingService
from serve.app.web.access import Access
from serve.app.web.api import api_router
from serve.app.web.conversation import converse
from serve.app.web.guard import Guard
from serve.app.web.logs import STATIC, Observed
from serve.app.web.monitoring import CONTENT_TYPE, Monitoring
from serve.app.web.page_files import PAGE, PageFiles
from serve.app.web.refusals import answer_error
from serve.errors import ServeError


def make_application(service: EditingService, access: Access, page_folder: Path = PAGE) -> ASGIApp:
    """Everything that a browser or a client may ask of a service.

    The application starts and closes the service with itself.

    Args:
        access: who may ask.
        page_folder: where the files of the page lie.
    """
    threads = ThreadPoolExecutor(service.limits.waiting_jobs, thread_name_prefix="igan-request")
    monitoring, page = Monitoring(service.metrics, service.photos), PageFiles(page_folder)

    @asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        await asyncio.to_thread(service.close)
        threads.shutdown(wait=False, cancel_futures=True)

    application = FastAPI(
        title="igan's editor",
        version="1",
        description="Edit photos on a model's manifold. Live sessions have a WebSocket of their "
        f"own, {API}/sessions; docs/protocol.md describes it.",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    application.include_router(api_router(service, threads))
    for error in (ServeError, HTTPException, ClientDisconnect, Exception):
        application.add_exception_handler(error, answer_error)

    @application.websocket(f"{API}/sessions")
    async def session(socket: WebSocket) -> None:
        await converse(socket, service)

    @application.get("/healthz", include_in_schema=False)
    def alive() -> dict[str, str]:
        return {"status": "alive"}

    @application.get("/readyz", include_in_schema=False)
    def ready(response: Response) -> dict[str, str]:
        response.status_code = 200 if service.ready else 503
        return {"status": "ready" if service.ready else "not ready"}

    @application.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(monitoring.exposition(), headers={"Content-Type": CONTENT_TYPE})

    @application.get(STATIC, include_in_schema=False)
    def page_file(name: str, request: Request) -> Response:
        answer = page.answer(name, request)
        if answer is None:
            raise HTTPException(404, "There is nothing of this name here")
        return answer

    return Guard(Observed(application, monitoring), access)
