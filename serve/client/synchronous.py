"""The client, for scripts: the asynchronous one in a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from serve.app.protocol import Frame, FrameKind
from serve.app.protocol.messages import Change, Start, View
from serve.client.asynchronous import (
    PATIENCE_S,
    AsyncEditorClient,
    FrameWish,
    OnProgress,
    connect_async,
)
from serve.latent import Constraint, DirectionAmount, Edit, Method

Result = TypeVar("Result")


def connect(url: str, token: str | None = None, patience_s: float = PATIENCE_S) -> "EditorClient":
    """Connect to a server; see `connect_async`."""
    return EditorClient(url, token, patience_s)


class EditorClient:
    """One person's editor; every method does what that of `AsyncEditorClient` does, and waits."""

    def __init__(self, url: str, token: str | None, patience_s: float) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._client: AsyncEditorClient = self._await(connect_async(url, token, patience_s))
        except BaseException:
            self._end()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if not self._loop.is_closed():
            self._await(self._client.close())
            self._end()

    @property
    def edit(self) -> Edit:
        return self._client.edit

    @property
    def numbers(self) -> Mapping[str, Any] | None:
        """What the server last said of its pace, and of how far each stroke is met."""
        return self._client.memory.numbers

    def bundles(self) -> list[dict[str, Any]]:
        return self._await(self._client.bundles())

    def samples(self) -> list[dict[str, str]]:
        return self._await(self._client.samples())

    def sample(self, name: str) -> bytes:
        return self._await(self._client.sample(name))

    def put_photo(self, data: bytes) -> str:
        return self._await(self._client.put_photo(data))

    def project(
        self, bundle: str, photo: str, method: Method | None = None, frame: FrameWish = "centre"
    ) -> Edit:
        return self._await(self._client.project(bundle, photo, method, frame))

    def open(
        self,
        bundle: str,
        photo: bytes | None = None,
        *,
        edit: Edit | None = None,
        start: Start | None = None,
        seed: int = 0,
        view_px: int = 640,
        frame: FrameWish = "centre",
    ) -> Mapping[str, Any]:
        return self._await(
            self._client.open(
                bundle, photo, edit=edit, start=start, seed=seed, view_px=view_px, frame=frame
            )
        )

    def draw(self, constraint: Constraint) -> None:
        self._await(self._client.draw(constraint))

    def redraw(self, constraint: Constraint) -> None:
        self._await(self._client.redraw(constraint))

    def remove(self, index: int) -> None:
        self._await(self._client.remove(index))

    def undo(self) -> None:
        self._await(self._client.undo())

    def redo(self) -> None:
        self._await(self._client.redo())

    def fix(self) -> None:
        self._await(self._client.fix())

    def restart(self) -> None:
        self._await(self._client.restart())

    def pick(self, rank: int) -> None:
        self._await(self._client.pick(rank))

    def average(self, on: bool = True) -> None:
        self._await(self._client.average(on))

    def shadow(self, on: bool, cursor: tuple[float, float] | None = None) -> None:
        self._await(self._client.shadow(on, cursor))

    def slide(self, directions: Sequence[DirectionAmount]) -> None:
        self._await(self._client.slide(directions))

    def reslide(self, directions: Sequence[DirectionAmount]) -> None:
        self._await(self._client.reslide(directions))

    def settings(self, **settings: Any) -> None:
        self._await(self._client.settings(**settings))

    def hand(self, down: bool) -> None:
        self._await(self._client.hand(down))

    def candidates(self, on: bool) -> None:
        self._await(self._client.candidates(on))

    def path(self, position: float | None) -> None:
        self._await(self._client.path(position))

    def carry(self, change: Change = "both", amount: float = 1.0) -> None:
        self._await(self._client.carry(change, amount))

    def view(self, what: View = "photo", view_px: int = 640) -> None:
        self._await(self._client.view(what, view_px))

    def transform(self, photo: bytes) -> None:
        self._await(self._client.transform(photo))

    def finish(self, view_px: int = 4096) -> Frame:
        return self._await(self._client.finish(view_px))

    def save(
        self,
        change: Change = "both",
        amount: float | None = None,
        file_format: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> bytes:
        return self._await(self._client.save(change, amount, file_format, on_progress))

    def film(
        self, kind: str = "gif", change: Change = "both", on_progress: OnProgress | None = None
    ) -> bytes:
        return self._await(self._client.film(kind, change, on_progress))

    def page(self, change: Change = "both", on_progress: OnProgress | None = None) -> bytes:
        return self._await(self._client.page(change, on_progress))

    def wait_frame(
        self, kind: FrameKind = FrameKind.PHOTO, rank: int = 0, generation: int | None = None
    ) -> Frame:
        return self._await(self._client.wait_frame(kind, rank, generation))

    def wait_rest(self) -> Edit:
        return self._await(self._client.wait_rest())

    def _await(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
