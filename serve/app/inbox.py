"""What a client said and nobody has carried out yet."""

import threading
from collections import deque

from serve.app.protocol.messages import Carry, ClientMessage, Path, Redraw, Reslide, Shadow
from serve.errors import LimitError

OVERTAKING = (Redraw, Reslide, Path, Carry, Shadow)
"""Messages that make the one before worthless if it is of the same kind."""


class Inbox:
    """Messages in their order; of what a moving hand says again and again, the newest alone."""

    def __init__(self, most_messages: int) -> None:
        self._most_messages = most_messages
        self._lock = threading.Lock()
        self._messages: deque[ClientMessage] = deque()

    def put(self, message: ClientMessage) -> None:
        """Add a message.

        Raises:
            LimitError: too many wait.
        """
        with self._lock:
            last = self._messages[-1] if self._messages else None
            if isinstance(message, OVERTAKING) and type(message) is type(last):
                self._messages[-1] = message
                return
            if len(self._messages) >= self._most_messages:
                raise LimitError(
                    f"{self._most_messages} messages are waiting already; send fewer at a time."
                )
            self._messages.append(message)

    def take(self) -> list[ClientMessage]:
        """Everything that waits."""
        with self._lock:
            waiting = list(self._messages)
            self._messages.clear()
        return waiting
