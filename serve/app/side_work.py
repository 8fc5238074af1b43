"""What is done for one person beside the editing: results at full size, other photos' latents."""

import logging
import threading
from collections.abc import Callable
from typing import Literal

from torch import Tensor

from serve.app.cancelling import Check
from serve.app.jobs import Job, Jobs
from serve.app.opening import OpenEdit, project_photo
from serve.app.outbox import Sender
from serve.app.photos import PhotoShelf
from serve.app.protocol import FrameKind, answers
from serve.app.protocol.messages import Carry
from serve.app.results import finished_photo, path_frames
from serve.app.showing import Pixels, Showing
from serve.errors import BadInputError, CancelledError, UnknownPhotoError
from serve.latent import Edit, EditSettings
from serve.photo.photo import Photo
from serve.photo.reduction import reduce_photo

logger = logging.getLogger(__name__)

Name = Literal["transfer", "transform", "path"]
"""Of a kind of work; of each only the newest is done."""


class SideWork:
    """Submits jobs, tells how far they are, and sends or keeps what comes of them."""

    def __init__(
        self,
        client: str,
        opened: OpenEdit,
        jobs: Jobs,
        photos: PhotoShelf,
        sender: Sender,
        showing: Showing,
    ) -> None:
        self._client, self._model, self._photo = client, opened.model, opened.photo
        self._jobs, self._photos, self._sender = jobs, photos, sender
        self._showing = showing
        self._lock = threading.Lock()
        self._running: dict[str, Job] = {}
        self._path_key: bytes | None = None
        self._transformed: Tensor | None = None
        self._wake: Callable[[], None] = lambda: None

    def on_wake(self, wake: Callable[[], None]) -> None:
        """Call this when there is news; from any thread."""
        self._wake = wake

    def take_transformed(self) -> Tensor | None:
        """The latent of another photo, once, when it was found."""
        with self._lock:
            latent, self._transformed = self._transformed, None
        return latent

    def finish(self, edit: Edit, carry: Carry, side_px: int, generation: int) -> None:
        """Carry the edit to the photo at its full size and send a copy of it.

        Raises:
            BusyError: too much waits.
        """

        def work(check: Check) -> None:
            finished = finished_photo(
                self._model, edit, self._photo, carry.change, carry.amount, check
            )
            check(0.95)
            self._showing.send(FrameKind.FINISHED, _copy_of(finished, edit, side_px), generation)

        self._submit("transfer", work, generation)

    def cancel(self, *names: Name) -> None:
        """Nobody wants to see this any more."""
        for name in names:
            self._cancel(name)

    def transform(self, sha256: str, settings: EditSettings, generation: int) -> None:
        """Find the latent of another photo of this client.

        Raises:
            BusyError: too much waits.
        """
        try:
            other = self._photos.get(self._client, sha256)
        except UnknownPhotoError:
            self._sender.message(answers.needs_photo(sha256))
            return

        def work(check: Check) -> None:
            found = project_photo(self._model, other, "centre", settings.method, check)
            assert found.cache is not None
            with self._lock:
                self._transformed = self._model.latent(found.cache.z0)
            self._wake()

        self._submit("transform", work, generation)

    def follow_path(self, edit: Edit, showing: Showing) -> None:
        """Make ready for a slider over the path, unless that was done for this one.

        Until it is, places on the path are shown by a quick look.
        """
        key = showing.path_key()
        if key == self._path_key:
            return
        self._path_key = key
        amount = showing.carry.amount

        def work(check: Check) -> None:
            frames = path_frames(self._model, edit, amount)
            check(0.1)
            showing.live_photo().follow_path(key, frames, check)

        self._submit("path", work, None)

    def close(self) -> None:
        """Give up everything."""
        with self._lock:
            running = list(self._running.values())
        for job in running:
            job.cancel()

    def _submit(self, name: Name, work: Callable[[Check], None], generation: int | None) -> None:
        """Submit a job in place of one of the same name; without a generation nothing is told."""
        self._cancel(name)

        def on_progress(share: float) -> None:
            if generation is not None:
                self._sender.message(answers.progress(name, share, generation), ("progress", name))

        def on_end(job: Job) -> None:
            with self._lock:
                if self._running.get(name) is job:
                    del self._running[name]
            said = _how_it_ended(job, name, generation)
            if said is not None:
                self._sender.message(said)

        job: Job = Job(self._client, work, on_progress=on_progress, on_end=on_end)
        with self._lock:
            self._running[name] = job
        try:
            self._jobs.submit(job)
        except Exception:
            with self._lock:
                self._running.pop(name, None)
            raise

    def _cancel(self, name: Name) -> None:
        with self._lock:
            job = self._running.pop(name, None)
        if job is not None:
            job.cancel()
        if name == "path" and job is not None:
            self._path_key = None


def _how_it_ended(job: Job, name: Name, generation: int | None) -> str | None:
    """What is said about a job that has ended."""
    try:
        job.result()
    except CancelledError:
        return None if generation is None else answers.cancelled(name, generation)
    except BadInputError as error:
        return answers.error(str(error), name)
    except Exception:
        logger.exception("a job failed: %s", name)
        return answers.error(f"the {name} failed inside of the service; try again.", name)
    return None if generation is None else answers.done(name, generation)


def _copy_of(finished: Photo, edit: Edit, side_px: int) -> Pixels:
    assert edit.frame is not None
    if max(finished.width_px, finished.height_px) <= side_px:
        return finished.as_uint8(3)
    return reduce_photo(finished, edit.frame, side_px)[0].as_uint8(3)
