"""Long work for a request: beside the event loop, and given up when nobody waits for it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

from starlette.requests import Request

Result = TypeVar("Result")
IsCancelled = Callable[[], bool]


async def work_for(
    request: Request, threads: Executor, work: Callable[[IsCancelled], Result]
) -> Result:
    """What `work` returns, which asks now and then whether the client has gone.

    The request's body must have been read.
    """
    gone = threading.Event()
    watching = asyncio.create_task(_tell_when_gone(request, gone))
    try:
        return await asyncio.get_running_loop().run_in_executor(threads, work, gone.is_set)
    finally:
        gone.set()
        watching.cancel()


async def _tell_when_gone(request: Request, gone: threading.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    gone.set()
