"""The client, for programs with an event loop."""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from serve.app.protocol import Frame, FrameKind
from serve.app.protocol.messages import (
    Average,
    Carry,
    Change,
    ChangeSettings,
    ChangeView,
    ClientMessage,
    Draw,
    Finish,
    Fix,
    Hand,
    Open,
    Path,
    PickCandidate,
    Redo,
    Redraw,
    Remove,
    Reslide,
    Restart,
    Shadow,
    ShowCandidates,
    Slide,
    Start,
    Transform,
    Undo,
    View,
)
from serve.app.protocol.writing import message_to_json
from serve.client.http import HttpInterface
from serve.client.memory import Memory
from serve.client.wire import Wire
from serve.errors import BadInputError, ServeError
from serve.latent import Constraint, DirectionAmount, Edit, Method, edit_from_json

PATIENCE_S = 60.0

Found = TypeVar("Found")
OnProgress = Callable[[float], None]
"""Gets the share of the work that is done, 0 to 1; called where messages are read."""

FrameWish = str | tuple[float, float, float, float]


async def connect_async(
    url: str, token: str | None = None, patience_s: float = PATIENCE_S
) -> "AsyncEditorClient":
    """Connect to a server, such as "http://localhost:8000".

    Args:
        token: if the server asks for one.
        patience_s: how long the server may be away, or say nothing while it is waited for.

    Raises:
        BadInputError: the server refuses this client.
        ServeError: it cannot be reached.
    """
    client = AsyncEditorClient(url, token, patience_s)
    try:
        await client.bundles()
    except BaseException:
        await client.close()
        raise
    return client


class AsyncEditorClient:
    """One person's editor: a live edit, and work on it over HTTP.

    Messages about the edit return as soon as they are on their way; `wait_frame`, `wait_rest` and
    `finish` wait for what comes of them and raise what was refused. While the connection is lost,
    messages are kept; with the next one the edit goes on where it was.

    Attributes:
        memory: the edit and the newest of all that the server told.
    """

    def __init__(self, url: str, token: str | None, patience_s: float) -> None:
        client = secrets.token_hex(16)
        self._http = HttpInterface(url, client, token)
        self._wire = Wire(url, client, token, patience_s, self._on_connected, self._on_message)
        self._running: asyncio.Task[None] | None = None
        self._patience_s = patience_s
        self._failure: ServeError | None = None
        self._news = asyncio.Condition()
        self._on_progress: dict[str, OnProgress] = {}
        self.memory = Memory()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the session; the server forgets its photos."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        await self._http.close()

    @property
    def edit(self) -> Edit:
        """The edit as the server last told it.

        Raises:
            BadInputError: none is open.
        """
        if self.memory.edit is None:
            raise BadInputError("nothing is open; open a photo first.")
        return self.memory.edit

    async def bundles(self) -> list[dict[str, Any]]:
        """The models that can be edited with."""
        answer: list[dict[str, Any]] = (await self._http.get("/bundles")).json()
        return answer

    async def samples(self) -> list[dict[str, str]]:
        """The sample photos, and whom they are by."""
        answer: list[dict[str, str]] = (await self._http.get("/samples")).json()
        return answer

    async def sample(self, name: str) -> bytes:
        """The file of a sample photo."""
        return (await self._http.get(f"/samples/{name}")).content

    async def put_photo(self, data: bytes) -> str:
        """Send a photo file and return its SHA-256, by which it is called from then on.

        Raises:
            BadInputError: it is no photo, or too large.
        """
        return str((await self._http.put_photo(data))["sha256"])

    async def project(
        self,
        bundle: str,
        photo: str,
        method: Method | None = None,
        frame: FrameWish = "centre",
    ) -> Edit:
        """Find the latents of a photo, without a session."""
        wish = {"bundle": bundle, "photo": photo, "method": method, "frame": frame}
        return edit_from_json((await self._http.post("/projections", wish)).json())

    async def open(
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
        """Begin an edit, or go on with one; returns what the server says of it.

        Args:
            bundle: name of the model.
            photo: the bytes of its file.
            edit: to go on with.
            start: "photo", "random" or "empty"; without a photo it is random.
            seed: of a random start.
            view_px: longest side of live pictures.
            frame: which square of the photo the model sees.

        Raises:
            BadInputError: it cannot be opened.
        """
        sha256 = None if photo is None else await self.put_photo(photo)
        beginning = start or ("random" if photo is None else "photo")
        message = Open(
            bundle=bundle,
            edit=edit,
            photo=sha256,
            start=beginning,
            seed=seed,
            view_px=view_px,
            frame=frame,
        )
        self.memory = Memory.of(message, self.memory.generation)
        if self._running is None or self._failure is not None:
            self._failure = None
            self._running = asyncio.create_task(self._run())
        else:
            await self._on_connected()
        return await self._wait(lambda: self.memory.opened)

    async def draw(self, constraint: Constraint) -> None:
        """Add a stroke, in pixels of the photo."""
        await self.say(Draw(constraint=constraint))

    async def redraw(self, constraint: Constraint) -> None:
        """Replace the newest stroke, as it is while the hand still draws it."""
        await self.say(Redraw(constraint=constraint))

    async def remove(self, index: int) -> None:
        """Take a stroke away, counted from 0."""
        await self.say(Remove(index=index))

    async def undo(self) -> None:
        """Back to the state before."""
        await self.say(Undo())

    async def redo(self) -> None:
        """On to the state that was undone last."""
        await self.say(Redo())

    async def fix(self) -> None:
        """Make the present result the start of what follows."""
        await self.say(Fix())

    async def restart(self) -> None:
        """Back to the beginning, with nothing drawn."""
        await self.say(Restart())

    async def pick(self, rank: int) -> None:
        """Go on from a candidate, by its rank among those shown, from 1."""
        await self.say(PickCandidate(rank=rank))

    async def average(self, on: bool = True) -> None:
        """Show the average of the candidates, or the edit again."""
        await self.say(Average(on=on))

    async def shadow(self, on: bool, cursor: tuple[float, float] | None = None) -> None:
        """Have the shadow of the candidates sent, or no longer."""
        await self.say(Shadow(on=on, cursor=cursor))

    async def slide(self, directions: Sequence[DirectionAmount]) -> None:
        """Move the start along the model's directions."""
        await self.say(Slide(directions=tuple(directions)))

    async def reslide(self, directions: Sequence[DirectionAmount]) -> None:
        """The same while the hand still holds the slider."""
        await self.say(Reslide(directions=tuple(directions)))

    async def settings(self, **settings: Any) -> None:
        """Change settings, by their names in the Edit document."""
        await self.say(ChangeSettings(settings=settings))

    async def hand(self, down: bool) -> None:
        """Say whether the hand draws: then candidates wait for it."""
        await self.say(Hand(down=down))

    async def candidates(self, on: bool) -> None:
        """Have candidates searched for and sent, or no longer."""
        await self.say(ShowCandidates(on=on))

    async def path(self, position: float | None) -> None:
        """Look at a place of the path, 0 to 1; None looks at the edit again."""
        await self.say(Path(position=position))

    async def carry(self, change: Change = "both", amount: float = 1.0) -> None:
        """Choose what of the edit is carried to the photo, and how far."""
        await self.say(Carry(change=change, amount=amount))

    async def view(self, what: View = "photo", view_px: int = 640) -> None:
        """Choose what live pictures show, and their longest side."""
        await self.say(ChangeView(what=what, view_px=view_px))

    async def transform(self, photo: bytes) -> None:
        """Lead the edit to what another photo looks like."""
        await self.say(Transform(photo=await self.put_photo(photo)))

    async def finish(self, view_px: int = 4096) -> Frame:
        """The edited photo at its full size, or a copy of it of at most `view_px`.

        Raises:
            BadInputError: something was refused.
        """
        await self.say(Finish(view_px=view_px))
        return await self.wait_frame(FrameKind.FINISHED)

    async def save(
        self,
        change: Change = "both",
        amount: float | None = None,
        file_format: str | None = None,
        on_progress: OnProgress | None = None,
    ) -> bytes:
        """The file of the edited photo, at its full size and in its own format or another."""
        wish = {"change": change, "amount": amount, "format": file_format}
        return await self._made("/transfers", wish, on_progress)

    async def film(
        self, kind: str = "gif", change: Change = "both", on_progress: OnProgress | None = None
    ) -> bytes:
        """A film of the edit: gif, mp4 or webm."""
        return await self._made("/films", {"kind": kind, "change": change}, on_progress)

    async def page(self, change: Change = "both", on_progress: OnProgress | None = None) -> bytes:
        """One HTML file with everything in it."""
        return await self._made("/pages", {"change": change}, on_progress)

    async def say(self, message: ClientMessage) -> None:
        """Send a message; one that is refused raises in the next wait."""
        numbered = self.memory.records(message)
        if self.memory.is_open:
            await self._wire.send(message_to_json(numbered))

    async def wait_frame(
        self, kind: FrameKind = FrameKind.PHOTO, rank: int = 0, generation: int | None = None
    ) -> Frame:
        """The newest picture of a kind that takes account of all that was said.

        Args:
            generation: that it must take account of, if not of everything.

        Raises:
            BadInputError: something was refused.
            ServeError: the server is away for too long.
        """
        least = self.memory.generation if generation is None else generation

        def shown() -> Frame | None:
            frame = self.memory.frames.get((kind, rank))
            return frame if frame and self.memory.is_newest(frame, least) else None

        return await self._wait(shown)

    async def wait_rest(self) -> Edit:
        """The edit when nothing moves any more.

        Raises:
            BadInputError: something was refused.
            ServeError: the server is away for too long.
        """
        return await self._wait(lambda: self.edit if self.memory.is_resting else None)

    async def _made(
        self, path: str, wish: Mapping[str, Any], on_progress: OnProgress | None
    ) -> bytes:
        """What the server makes of the edit; None leaves a wish to it."""
        body: dict[str, Any] = {"edit": self.edit.to_json()}
        body |= {key: value for key, value in wish.items() if value is not None}
        job = secrets.token_hex(8)
        self._on_progress[job] = on_progress or (lambda share: None)
        try:
            return (await self._http.post(path, body, job)).content
        finally:
            del self._on_progress[job]

    async def _wait(self, found: Callable[[], Found | None]) -> Found:
        async with self._news:
            while True:
                if self.memory.refusals:
                    raise self.memory.refusals.pop(0)
                if self._failure is not None:
                    raise self._failure
                result = found()
                if result is not None:
                    return result
                await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._news.wait()
        except TimeoutError:
            raise ServeError(
                f"what was waited for did not come, nor anything else for {self._patience_s:g} s."
            ) from None

    async def _run(self) -> None:
        try:
            await self._wire.run()
        except ServeError as error:
            self._failure = error
            async with self._news:
                self._news.notify_all()

    async def _on_connected(self) -> None:
        opening = self.memory.opens_again()
        if opening is not None:
            await self._wire.send(message_to_json(opening))

    async def _on_message(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            self.memory.takes_frame(Frame.from_bytes(data))
        else:
            await self._on_told(json.loads(data))
        async with self._news:
            self._news.notify_all()

    async def _on_told(self, message: dict[str, Any]) -> None:
        was_open = self.memory.is_open
        self.memory.takes(message)
        if self.memory.is_open and not was_open:
            for resumed in self.memory.resumes():
                await self._wire.send(message_to_json(resumed))
        elif message["kind"] == "needs_photo":
            await self._http.send_again(message["sha256"])
            await self._on_connected()
        elif message["kind"] == "progress" and message["job"] in self._on_progress:
            self._on_progress[message["job"]](message["done"] / message["total"])
        elif message["kind"] == "busy":
            self._wire.wait_at_least(message["retry_after_s"])
