"""The editor's service as a web server, or anything else, uses it."""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from serve.app import results
from serve.app.cancelling import Cancelled, Check
from serve.app.connection import Connection
from serve.app.jobs import Job, Jobs
from serve.app.limits import Limits
from serve.app.metrics import Metrics
from serve.app.models import FrameWish, Models, ServedModel
from serve.app.opening import project_photo
from serve.app.photos import PhotoShelf
from serve.app.previews import PreviewLane
from serve.app.protocol import answers
from serve.app.samples import SamplePhoto
from serve.app.scheduler import Scheduler
from serve.app.sessions import LiveSession
from serve.errors import BusyError, EditError
from serve.latent import Edit
from serve.photo.photo import Photo
from serve.transfer.apply import Change

logger = logging.getLogger(__name__)

STOPPING = "the service is being stopped; your edit can be gone on with as soon as it is back."

OnProgress = Callable[[float], None]


def _never() -> bool:
    return False


def _nowhere(share: float) -> None:
    pass


class EditingService:
    """People's edits on some models; any number of threads may call.

    Attributes:
        models: by name.
        photos: that clients have sent.
        samples: by name.
        metrics: of all that happens.
        ready: whether everything that a first stroke needs is made.
    """

    def __init__(
        self, models: Models, limits: Limits | None = None, samples: Sequence[SamplePhoto] = ()
    ) -> None:
        self.models = models
        self.limits = limits or Limits()
        self.samples = {sample.name: sample for sample in samples}
        self.metrics = Metrics()
        self.photos = PhotoShelf(self.limits)
        self.ready = False
        self.jobs = Jobs(self.limits, self.metrics)
        self.previews = PreviewLane(self.limits.preview_threads)
        self.schedulers = {
            name: Scheduler(name, self.metrics, self._end_session) for name in models
        }
        self._warming = threading.Thread(target=self._warm_up, name="igan-warm-up", daemon=True)
        self._lock = threading.Lock()
        self._connections: dict[Connection, None] = {}
        self._closed = False

    def start(self) -> None:
        """Begin to work; `ready` once the models have run for the first time."""
        self.jobs.start()
        self.previews.start()
        for scheduler in self.schedulers.values():
            scheduler.start()
        self._warming.start()

    def close(self, patience_s: float = 5.0) -> None:
        """End everything: connections are told, jobs are given up, threads end."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.ready = False
            connections = list(self._connections)
        for connection in connections:
            connection.end(STOPPING)
        deadline_s = time.monotonic() + patience_s
        closing = [scheduler.close for scheduler in self.schedulers.values()]
        for close in (*closing, self.previews.close, self.jobs.close):
            close(max(0.0, deadline_s - time.monotonic()))
        if self._warming.is_alive():
            self._warming.join(max(0.0, deadline_s - time.monotonic()))

    def connect(self, client: str, on_output: Callable[[], None]) -> Connection:
        """Begin to serve somebody.

        Args:
            client: a random name that the client alone knows; its photos are kept by it.
            on_output: called by any thread when there is something to take.

        Raises:
            BusyError: the service is full, or is being stopped.
        """
        with self._lock:
            if self._closed:
                raise BusyError(STOPPING, self.limits.retry_after_s)
            if len(self._connections) >= self.limits.sessions:
                self.metrics.count("refused_connections")
                raise BusyError(
                    f"all {self.limits.sessions} places are taken; try again in "
                    f"{self.limits.retry_after_s:g} seconds.",
                    self.limits.retry_after_s,
                )
            connection = Connection(self, client, on_output)
            self._connections[connection] = None
        self.metrics.change("connections", 1)
        return connection

    def disconnected(self, connection: Connection) -> None:
        """A connection has ended; with the last of a client its photos go."""
        with self._lock:
            if connection not in self._connections:
                return
            del self._connections[connection]
            was_last = all(one.client != connection.client for one in self._connections)
        self.metrics.change("connections", -1)
        if was_last:
            self.photos.forget(connection.client)

    def tell_progress(self, client: str, job: str, share: float) -> None:
        """Say to all sessions of a client how far a job of theirs is, by the name it gave it."""
        with self._lock:
            connections = [one for one in self._connections if one.client == client]
        for connection in connections:
            connection.tell(answers.progress(job, share, 0), ("progress", job))

    def project(
        self,
        client: str,
        bundle: str,
        photo_sha256: str,
        method: str | None = None,
        frame: FrameWish = "centre",
        cancelled: Cancelled = _never,
        on_progress: OnProgress = _nowhere,
    ) -> Edit:
        """A new edit of a photo, whose cache holds the photo's latent.

        Raises:
            UnknownPhotoError: the client has not sent it, or it is forgotten.
            BadInputError: there is no such model, method or frame.
            BusyError, CancelledError
        """
        model = self.models.named(bundle)
        photo = self.photos.get(client, photo_sha256)
        return self._wait_for(
            client,
            lambda check: project_photo(model, photo, frame, method, check),
            cancelled,
            on_progress,
        )

    def transfer(
        self,
        client: str,
        edit: Edit,
        change: Change = "both",
        amount: float | None = None,
        cancelled: Cancelled = _never,
        on_progress: OnProgress = _nowhere,
    ) -> Photo:
        """The edited photo at its full size, or the model's picture where there is no photo.

        Args:
            edit: with its cache.
            amount: how far to go, 0 to 2; the edit's own by default.

        Raises:
            UnknownPhotoError: the client has not sent its photo, or it is forgotten.
            EditError: it has no cache, or belongs to a model that is not here.
            BusyError, CancelledError
        """
        model, photo, amount = self._parts(client, edit, amount)
        return self._wait_for(
            client,
            lambda check: results.finished_photo(model, edit, photo, change, amount, check),
            cancelled,
            on_progress,
        )

    def film(
        self,
        client: str,
        edit: Edit,
        kind: results.FilmKind,
        change: Change = "both",
        amount: float | None = None,
        cancelled: Cancelled = _never,
        on_progress: OnProgress = _nowhere,
    ) -> bytes:
        """The edit coming and going, as the bytes of a film file; see `transfer`."""
        model, photo, amount = self._parts(client, edit, amount)
        return self._wait_for(
            client,
            lambda check: results.film_of(model, edit, photo, kind, change, amount, check),
            cancelled,
            on_progress,
        )

    def page(
        self,
        client: str,
        edit: Edit,
        change: Change = "both",
        amount: float | None = None,
        cancelled: Cancelled = _never,
        on_progress: OnProgress = _nowhere,
    ) -> bytes:
        """One HTML page that holds the whole edit; see `transfer`."""
        model, photo, amount = self._parts(client, edit, amount)
        return self._wait_for(
            client,
            lambda check: results.page_of(model, edit, photo, change, amount, check),
            cancelled,
            on_progress,
        )

    def _parts(
        self, client: str, edit: Edit, amount: float | None
    ) -> tuple[ServedModel, Photo | None, float]:
        amount = edit.settings.amount if amount is None else amount
        if not 0 <= amount <= results.FURTHEST_AMOUNT:
            raise EditError(
                f"the amount must lie between 0 and {results.FURTHEST_AMOUNT:g}, not be {amount:g}."
            )
        model = self.models.of(edit.bundle)
        photo = None if edit.photo is None else self.photos.get(client, edit.photo.sha256)
        return model, photo, amount

    def _wait_for(
        self,
        client: str,
        work: "Callable[[Check], results.Result]",
        cancelled: Cancelled,
        on_progress: OnProgress,
    ) -> "results.Result":
        return self.jobs.submit(Job(client, work, cancelled, on_progress)).result()

    def _end_session(self, session: LiveSession, sentence: str) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            if connection.session is session:
                connection.end(sentence)

    def _warm_up(self) -> None:
        for model in self.models.values():
            if not self._closed:
                model.warm_up()
        self.ready = not self._closed
