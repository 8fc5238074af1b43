"""Long work that tells how far it is, and stops when nobody wants it any more."""

from collections.abc import Callable

from serve.errors import CancelledError

Check = Callable[[float], None]
"""Gets the share of the work that is done, 0 to 1; raises CancelledError to end it."""

Cancelled = Callable[[], bool]


def checked(
    cancelled: Cancelled, on_progress: Callable[[float], None] = lambda share: None
) -> Check:
    """A check that asks `cancelled` and passes on the share."""

    def check(share: float) -> None:
        if cancelled():
            raise CancelledError("the work was given up.")
        on_progress(share)

    return check


def part_of(check: Check, first: float, last: float) -> Check:
    """The check of a part of some work, which goes from the share `first` to `last`."""
    return lambda share: check(first + share * (last - first))
