"""One client, from connecting to leaving."""

import logging
import threading
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from serve.app.inbox import Inbox
from serve.app.jobs import Job
from serve.app.opening import OpenEdit, open_edit
from serve.app.outbox import Outbox, Sender
from serve.app.protocol import MessageError, answers, read_message
from serve.app.protocol.messages import ChangeView, ClientMessage, Open
from serve.app.sessions import LiveSession
from serve.app.showing import Showing
from serve.app.side_work import SideWork
from serve.errors import (
    BadInputError,
    BusyError,
    CancelledError,
    EditError,
    ServeError,
    UnknownPhotoError,
)
from serve.latent import EditSession

if TYPE_CHECKING:
    from serve.app.scheduler import Scheduler
    from serve.app.service import EditingService

logger = logging.getLogger(__name__)

TOO_SLOW = "too much waits to be read; connect again."
FAILED = "the edit could not be opened: the service failed; try again."


class Connection:
    """What a client says goes in, what it is to be told comes out; any thread may call.

    Attributes:
        client: who it is.
        session: the edit that is open, if any.
    """

    def __init__(
        self, service: "EditingService", client: str, on_output: Callable[[], None]
    ) -> None:
        self._service, self.client = service, client
        self._outbox = Outbox(on_output, service.limits.unread_messages, lambda: self.end(TOO_SLOW))
        self._lock = threading.RLock()
        self._closed = False
        self._opening: Job | None = None
        self._early = Inbox(service.limits.waiting_messages)
        self._scheduler: Scheduler | None = None
        self.session: LiveSession | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing more comes than `take` gives now."""
        return self._closed

    def receive(self, text: str) -> None:
        """Take a message; what is wrong with it is answered by an error."""
        self._service.metrics.count("messages")
        about = None
        try:
            message = read_message(text, self._service.limits.message_bytes)
            about = message.kind
            self._receive(message)
        except MessageError as error:
            self._refuse(str(error), error.about)
        except UnknownPhotoError as error:
            self._outbox.put_message(answers.needs_photo(error.sha256))
        except BusyError as error:
            self._outbox.put_message(answers.busy(str(error), error.retry_after_s))
        except BadInputError as error:
            self._refuse(str(error), about)

    def tell(self, text: str, slot: Hashable) -> None:
        """Say something beside the edit; while it waits, the next of its slot replaces it."""
        self._outbox.put_message(text, slot)

    def take(self) -> list[str | bytes]:
        """What is to be sent now; it is then gone from here."""
        return self._outbox.take()

    def end(self, sentence: str) -> None:
        """End the connection from this side, and say why."""
        self._close(answers.bye(sentence))

    def close(self) -> None:
        """Free everything; also when it is closed already."""
        self._close(None)

    def _close(self, last: str | None) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._leave()
        self._outbox.close(last)
        self._service.disconnected(self)

    def _receive(self, message: ClientMessage) -> None:
        with self._lock:
            if self._closed:
                return
            if isinstance(message, Open):
                self._open(message)
            elif self.session is not None:
                self.session.receive(message)
            elif self._opening is not None:
                self._early.put(message)
            else:
                raise EditError("nothing is open yet; begin with the message 'open'.")

    def _open(self, message: Open) -> None:
        edit = message.edit
        model = self._service.models.of(None if edit is None else edit.bundle, message.bundle)
        sha256 = message.photo
        if sha256 is None and edit is not None and edit.photo is not None:
            sha256 = edit.photo.sha256
        if sha256 is None and edit is None and message.start == "photo":
            raise EditError("'open' needs the SHA-256 of a photo, or 'start': random or empty.")
        photo = None if sha256 is None else self._service.photos.get(self.client, sha256)
        self._leave()
        sender = self._outbox.sender()

        def on_progress(share: float) -> None:
            sender.message(
                answers.progress("project", share, message.generation), ("progress", "project")
            )

        job: Job[OpenEdit] = Job(
            self.client,
            lambda check: open_edit(model, message, photo, check),
            on_progress=on_progress,
            on_end=lambda job: self._opened(job, message, sender),
        )
        self._service.jobs.submit(job)
        self._opening = job

    def _opened(self, job: Job[OpenEdit], message: Open, sender: Sender) -> None:
        """An edit is ready, or could not be opened; in the thread of the job."""
        try:
            opened = job.result()
            with self._lock:
                if not self._closed and self._opening is job:
                    self._opening = None
                    self._begin(opened, message, sender)
        except CancelledError:
            pass
        except ServeError as error:
            sender.message(answers.error(str(error), message.kind))
        except Exception:
            logger.exception("an edit could not be opened")
            sender.message(answers.error(FAILED, message.kind))

    def _begin(self, opened: OpenEdit, message: Open, sender: Sender) -> None:
        """Go on with an edit that is ready."""
        self.session = self._session_of(opened, message, sender)
        sender.message(
            answers.opened(
                opened.edit,
                opened.model.name,
                opened.reconstruction,
                opened.foreign,
                message.generation,
            )
        )
        for early in self._early.take():
            self.session.receive(early)
        self._scheduler = self._service.schedulers[opened.model.name]
        self._scheduler.add(self.session)

    def _session_of(self, opened: OpenEdit, message: Open, sender: Sender) -> LiveSession:
        service, model = self._service, opened.model
        cache = opened.edit.cache
        assert cache is not None
        session = EditSession.opened(opened.edit, model.edit_model, model.latent(cache.z0))
        view = ChangeView(view_px=min(message.view_px, service.limits.live_side_px))
        showing = Showing(opened, session, sender, service.previews, service.metrics, view)
        work = SideWork(self.client, opened, service.jobs, service.photos, sender, showing)
        live = LiveSession(
            opened, session, showing, work, sender, service.limits, message.generation
        )
        wake = service.schedulers[model.name].wake
        live.on_wake(wake)
        work.on_wake(wake)
        showing.show_original()
        return live

    def _leave(self) -> None:
        """Give up what is open or being opened."""
        if self._opening is not None:
            self._opening.cancel()
            self._opening = None
        self._early.take()
        if self.session is not None and self._scheduler is not None:
            self._scheduler.remove(self.session)
            self.session.close()
            self.session = None

    def _refuse(self, sentence: str, about: str | None) -> None:
        self._service.metrics.count("refused_messages")
        self._outbox.put_message(answers.error(sentence, about))
