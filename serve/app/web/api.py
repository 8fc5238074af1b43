"""The HTTP interface: bundles, samples, photos, and work on an edit without a session."""

import asyncio
from concurrent.futures import Executor
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from serve.app.photos import PhotoInfo
from serve.app.protocol.version import API, CLIENT_HEADER, JOB_HEADER
from serve.app.results import photo_file
from serve.app.service import EditingService, OnProgress
from serve.app.web.bodies import read_body, read_json
from serve.app.web.description import answers_with, refusals, takes_file, takes_json
from serve.app.web.identity import check_client, check_job
from serve.app.web.media import film_media_type, photo_media_type
from serve.app.web.requests import FilmRequest, PageRequest, ProjectionRequest, TransferRequest
from serve.app.web.working import IsCancelled, work_for
from serve.errors import BusyError
from serve.latent import edit_schema

NEEDS_PHOTO, TOO_MUCH, FULL = 409, 413, 503
REQUEST_TIMEOUT = 408
_EDIT = {"type": "object", "description": "an Edit whose cache holds z0 and z, both alike"}


def _client(name: Annotated[str | None, Header(alias=CLIENT_HEADER)] = None) -> str:
    return check_client(name)


Client = Annotated[str, Depends(_client)]
JobName = Annotated[
    str | None,
    Header(alias=JOB_HEADER, description="have the client's sessions told how far it is"),
]


def api_router(service: EditingService, threads: Executor) -> APIRouter:
    """All routes under `/api/v1` but the WebSocket; `threads` wait for what takes long."""
    router = APIRouter(prefix=API)
    limits = service.limits
    uploads = asyncio.Semaphore(limits.uploads)

    def telling(client: Client, job: JobName = None) -> OnProgress:
        name = check_job(job)
        return lambda share: None if name is None else service.tell_progress(client, name, share)

    Telling = Annotated[OnProgress, Depends(telling)]

    @router.get("/bundles", responses=refusals())
    def bundles() -> list[dict[str, Any]]:
        """The models that can be edited with."""
        return service.models.describe()

    @router.get("/edit-schema", responses=refusals())
    def schema_of_edits() -> dict[str, Any]:
        """The JSON Schema of an Edit."""
        return edit_schema()

    @router.get("/samples", responses=refusals())
    def samples() -> list[dict[str, str]]:
        """Photos to begin with, and whom they are by."""
        return [sample.describe() for sample in service.samples.values()]

    @router.get(
        "/samples/{name}",
        response_class=Response,
        responses=refusals() | answers_with("A sample photo.", "image/*"),
    )
    def sample(name: str) -> Response:
        """The file of a sample photo."""
        if name not in service.samples:
            raise HTTPException(404, "There is no sample photo of this name")
        data = service.samples[name].data
        return Response(data, media_type=photo_media_type(data))

    @router.put("/photos", responses=refusals(TOO_MUCH, FULL), openapi_extra=takes_file())
    async def put_photo(request: Request, client: Client) -> PhotoInfo:
        """Send a photo; what it is, is found in its bytes. It is kept in memory for this client."""
        if uploads.locked():
            raise BusyError("too many photos are on their way here.", limits.retry_after_s)
        async with uploads:
            try:
                async with asyncio.timeout(limits.upload_s):
                    data = await read_body(request, limits.photo_bytes)
            except TimeoutError:
                raise HTTPException(REQUEST_TIMEOUT, "The photo took too long to arrive") from None
            return await asyncio.to_thread(service.photos.put, client, data)

    @router.post(
        "/projections",
        responses=refusals(NEEDS_PHOTO, TOO_MUCH, FULL)
        | answers_with("The edit of this photo in which nothing is drawn yet.", schema=_EDIT),
        openapi_extra=takes_json(ProjectionRequest.schema),
    )
    async def project(request: Request, client: Client, on_progress: Telling) -> Response:
        """Find the latents of a photo."""
        wish = ProjectionRequest.from_json(await read_json(request, limits.message_bytes))

        def work(cancelled: IsCancelled) -> Response:
            edit = service.project(
                client,
                wish.bundle,
                wish.photo,
                wish.method,
                wish.frame,
                cancelled,
                on_progress,
            )
            return JSONResponse(edit.to_json())

        return await work_for(request, threads, work)

    @router.post(
        "/transfers",
        response_class=Response,
        responses=refusals(NEEDS_PHOTO, TOO_MUCH, FULL)
        | answers_with("The edited photo, at its full size.", "image/*"),
        openapi_extra=takes_json(TransferRequest.schema),
    )
    async def transfer(request: Request, client: Client, on_progress: Telling) -> Response:
        """Carry an edit to its photo."""
        wish = TransferRequest.from_json(await read_json(request, limits.message_bytes))

        def work(cancelled: IsCancelled) -> Response:
            photo = service.transfer(
                client, wish.edit, wish.change, wish.amount, cancelled, on_progress
            )
            data, suffix, media_type = photo_file(photo, wish.format)
            return _attached(data, f"edited{suffix}", media_type)

        return await work_for(request, threads, work)

    @router.post(
        "/films",
        response_class=Response,
        responses=refusals(NEEDS_PHOTO, TOO_MUCH, FULL)
        | answers_with("The edit, coming and going.", "image/gif", "video/mp4", "video/webm"),
        openapi_extra=takes_json(FilmRequest.schema),
    )
    async def film(request: Request, client: Client, on_progress: Telling) -> Response:
        """Make a film of an edit."""
        wish = FilmRequest.from_json(await read_json(request, limits.message_bytes))

        def work(cancelled: IsCancelled) -> Response:
            data = service.film(
                client,
                wish.edit,
                wish.kind,
                wish.change,
                wish.amount,
                cancelled,
                on_progress,
            )
            return _attached(data, f"edited.{wish.kind}", film_media_type(wish.kind))

        return await work_for(request, threads, work)

    @router.post(
        "/pages",
        response_class=Response,
        responses=refusals(NEEDS_PHOTO, TOO_MUCH, FULL)
        | answers_with("One HTML file with everything in it.", "text/html"),
        openapi_extra=takes_json(PageRequest.schema),
    )
    async def page(request: Request, client: Client, on_progress: Telling) -> Response:
        """Make a page of an edit."""
        wish = PageRequest.from_json(await read_json(request, limits.message_bytes))

        def work(cancelled: IsCancelled) -> Response:
            data = service.page(client, wish.edit, wish.change, wish.amount, cancelled, on_progress)
            return _attached(data, "edited.html", "text/html; charset=utf-8")

        return await work_for(request, threads, work)

    return router


def _attached(data: bytes, name: str, media_type: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(data, media_type=media_type, headers={"Content-Disposition": disposition})
