"""What one person sees of their edit: on the photo, or as the model draws it."""

import threading
import time
from collections import deque
from typing import Literal

import numpy as np
import numpy.typing as npt
from torch import Tensor

from serve.app.live_photo import LivePhoto
from serve.app.live_size import LiveSize
from serve.app.metrics import Metrics
from serve.app.opening import OpenEdit
from serve.app.outbox import Sender
from serve.app.pictures import picture_frame
from serve.app.previews import PreviewLane
from serve.app.protocol import FrameKind
from serve.app.protocol.messages import Carry, ChangeView
from serve.latent import EditSession, latents_at
from serve.photo.pixels import tensor_to_pixels

Pixels = npt.NDArray[np.uint8]

RATE_OVER_S = 1.0


class Showing:
    """Chooses the picture to show and sends it.

    Attributes:
        path: how it runs through latent space.
        carry: what of the edit is shown on the photo, and how far it goes.
        position: of the slider over the path; None shows the edit as it moves.
        averaging: shows the average of the candidates instead.
        preview_ms: what the last picture on the photo took.
    """

    def __init__(
        self,
        opened: OpenEdit,
        session: EditSession,
        sender: Sender,
        lane: PreviewLane,
        metrics: Metrics,
        view: ChangeView,
    ) -> None:
        self._model, self._photo, self._edit = opened.model, opened.photo, opened.edit
        self._session, self._sender, self._lane = session, sender, lane
        self._metrics = metrics
        self._began_s = time.monotonic()
        self._lock = threading.Lock()
        self._shown_at_s: deque[float] = deque()
        self._live_photo: LivePhoto | None = None
        self._size = LiveSize(view.view_px)
        self._due_s: float | None = None
        self._shown: tuple[object, ...] | None = None
        self._shown_side_px = 0
        self.path = opened.edit.settings.path
        self.view = view
        self.carry = Carry()
        self.position: float | None = None
        self.averaging = False
        self.preview_ms: float | None = None

    @property
    def what(self) -> Literal["photo", "model"]:
        """Where the edit is shown."""
        return "model" if self._photo is None else self.view.what

    @property
    def frames_per_s(self) -> float:
        """Of the live pictures of the last second."""
        with self._lock:
            return len(self._recent()) / RATE_OVER_S

    def time_ms(self) -> int:
        """Since the edit was opened."""
        return int(1000 * (time.monotonic() - self._began_s))

    def send(self, kind: FrameKind, pixels: Pixels, generation: int, rank: int = 0) -> None:
        """Send a picture, in place of one of the same kind and rank that waits."""
        frame = picture_frame(kind, pixels, generation, self.time_ms(), rank)
        self._sender.picture((kind, rank), frame.to_bytes())

    def show(self, generation: int, moving: bool = False) -> None:
        """Send what is to be seen now, unless that was sent last.

        On the photo it is drawn beside the stepping, the newest first; as small as it must be to
        come in time while the edit moves.
        """
        pixels = self._pixels_at(self._end())
        size = self._live_size()
        side_px = size.side_px if moving else size.most_px
        shown = pixels.tobytes(), self.view, self.position, self.carry
        if shown == self._shown and side_px <= self._shown_side_px:
            return
        self._shown, self._shown_side_px = shown, side_px
        if self.what == "model":
            self.send(FrameKind.MODEL, pixels, generation)
            self._count_frame()
            return
        position = None if self.position is None else self.position * min(self.carry.amount, 1.0)
        key = b"" if position is None else self.path_key()
        change = self.carry.change
        with self._lock:
            if self._due_s is None:
                self._due_s = time.perf_counter()

        def draw() -> None:
            began_s = time.perf_counter()
            with self._lock:
                due_s = began_s if self._due_s is None else self._due_s
                self._due_s = None
            live = self.live_photo()
            edited = None if position is None else live.on_path(key, position, change)
            if edited is None:
                edited = live.edited(pixels, change, side_px)
            self.send(FrameKind.PHOTO, edited, generation)
            sent_s = time.perf_counter()
            if moving:
                size.came_after(sent_s - due_s)
            seconds = sent_s - began_s
            self.preview_ms = 1000 * seconds
            self._metrics.observe("preview", seconds)
            self._count_frame()

        self._lane.ask(self, draw)

    def show_original(self) -> None:
        """Send the photo as it was, for comparing."""
        if self._photo is not None:
            self._lane.ask(
                (self, "original"),
                lambda: self.send(FrameKind.ORIGINAL, self.live_photo().original(), 0),
            )

    def live_photo(self) -> LivePhoto:
        """The small copy of the photo, made when it is first shown in its size."""
        assert self._photo is not None
        assert self._edit.frame is not None
        side_px = self.view.view_px
        with self._lock:
            live = self._live_photo
        if live is None or live.side_px != side_px:
            (first,) = tensor_to_pixels(self._model.images(self._session.first[None]))
            live = LivePhoto(self._photo, self._edit.frame, first, side_px)
            with self._lock:
                self._live_photo = live
        return live

    def path_key(self) -> bytes:
        """Tells the paths apart that a slider can run over."""
        far = max(1.0, self.carry.amount)
        return self._session.editor.latents.numpy().tobytes() + f"{self.path} {far}".encode()

    def close(self) -> None:
        """Draw nothing more."""
        self._lane.forget(self)
        self._lane.forget((self, "original"))

    def _end(self) -> Tensor | None:
        """The latent to show; None for the one whose picture the editor holds."""
        average = self._session.candidates.average() if self.averaging else None
        if average is not None:
            return average.latents
        amount = self.carry.amount * (1.0 if self.position is None else self.position)
        if amount == 1:
            return None
        return latents_at(
            self._session.first,
            self._session.editor.latents[0],
            amount,
            self.path,
            self._model.bounds,
        )

    def _live_size(self) -> LiveSize:
        if self._size.most_px != self.view.view_px:
            self._size = LiveSize(self.view.view_px)
        return self._size

    def _pixels_at(self, latent: Tensor | None) -> Pixels:
        if latent is None:
            return self._session.editor.pictures()[0]
        return tensor_to_pixels(self._model.images(latent[None]))[0]

    def _count_frame(self) -> None:
        with self._lock:
            self._shown_at_s.append(time.monotonic())
            self._recent()
        self._metrics.count("frames")

    def _recent(self) -> deque[float]:
        while self._shown_at_s and self._shown_at_s[0] < time.monotonic() - RATE_OVER_S:
            self._shown_at_s.popleft()
        return self._shown_at_s
