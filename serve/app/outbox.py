"""What waits to be sent to one client: never more than the newest of each kind of picture."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable

logger = logging.getLogger(__name__)


class Outbox:
    """Filled by any thread, emptied by whoever sends.

    Messages keep their order and none is lost; those with a slot, and all pictures, are replaced by
    the next of their slot while they wait. So a slow reader gets fewer, and nothing grows.

    Args:
        on_output: called, by the thread that puts, whenever something new waits.
        most_messages: without a slot that may wait.
        on_overflow: called once when there are more; what waits is dropped.
    """

    def __init__(
        self,
        on_output: Callable[[], None],
        most_messages: int,
        on_overflow: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_output, self._on_overflow = on_output, on_overflow
        self._most_messages = most_messages
        self._lock = threading.Lock()
        self._messages: deque[tuple[Hashable | None, str]] = deque()
        self._pictures: dict[Hashable, bytes] = {}
        self._closed = False
        self._sender: Sender | None = None

    def put_message(
        self, text: str, slot: Hashable | None = None, sender: "Sender | None" = None
    ) -> None:
        """Add a message at the end; with a slot the one that waits there goes."""
        with self._lock:
            if self._closed or sender not in (None, self._sender):
                return
            overflows = slot is None and len(self._messages) >= self._most_messages
            if overflows:
                self._empty()
                self._closed = True
            else:
                self._forget(lambda other: slot is not None and other == slot)
                self._messages.append((slot, text))
        if overflows:
            self._on_overflow()
        else:
            self._announce()

    def put_picture(self, slot: Hashable, data: bytes, sender: "Sender") -> None:
        """Add a picture, in place of the one that waits in the same slot."""
        with self._lock:
            if self._closed or sender is not self._sender:
                return
            self._pictures[slot] = data
        self._announce()

    def take(self) -> list[str | bytes]:
        """Everything that waits: messages in their order, then pictures."""
        with self._lock:
            waiting: list[str | bytes] = [text for _, text in self._messages]
            waiting += self._pictures.values()
            self._empty()
        return waiting

    def sender(self) -> "Sender":
        """What the edit that is opened now speaks through; those before it are heard no more."""
        with self._lock:
            self._forget(lambda slot: slot is not None)
            self._pictures.clear()
            self._sender = Sender(self)
            return self._sender

    def close(self, last: str | None = None) -> None:
        """Take nothing more but this last message; what waits can still be taken."""
        with self._lock:
            if last is not None:
                self._messages.append((None, last))
            self._closed = True
        if last is not None:
            self._announce()

    def _announce(self) -> None:
        """Whoever sends may be gone already, which is nothing to those who put."""
        try:
            self._on_output()
        except Exception:
            logger.exception("nobody takes what waits for a client")

    def _forget(self, goes: Callable[[Hashable | None], bool]) -> None:
        self._messages = deque(waits for waits in self._messages if not goes(waits[0]))

    def _empty(self) -> None:
        self._messages.clear()
        self._pictures.clear()


class Sender:
    """The way of one open edit into an outbox, which ends when the next one is opened."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def message(self, text: str, slot: Hashable | None = None) -> None:
        self._outbox.put_message(text, slot, self)

    def picture(self, slot: Hashable, data: bytes) -> None:
        self._outbox.put_picture(slot, data, self)
