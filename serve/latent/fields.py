"""Reading the fields of a JSON object, with a sentence that names the key when one is wrong."""

import math
from collections.abc import Mapping
from typing import Any

from serve.errors import EditError


class Fields:
    """One JSON object while it is read: each key is taken once, and what remains is unknown.

    Args:
        document: what `json.loads` gave.
        what: how a sentence names this object, such as "stroke 3".
    """

    def __init__(self, document: object, what: str) -> None:
        if not isinstance(document, Mapping):
            raise EditError(f"{what} must be a JSON object, not {_described(document)}.")
        self._what = what
        self._left = dict(document)
        self._known: list[str] = []

    def has(self, key: str) -> bool:
        """Whether the key is there and not null; an absent optional key counts as known."""
        self._known.append(key)
        if self._left.get(key) is None:
            self._left.pop(key, None)
            return False
        return True

    def take(self, key: str) -> Any:
        """The value as it stands."""
        self._known.append(key)
        if key not in self._left:
            raise EditError(f"{self._what}: the key {key!r} is missing; add it.")
        return self._left.pop(key)

    def text(self, key: str) -> str:
        value = self.take(key)
        if not isinstance(value, str):
            raise self._wrong(key, "text", value)
        return value

    def number(self, key: str) -> float:
        value = self.take(key)
        if not is_number(value):
            raise self._wrong(key, "a finite number", value)
        return float(value)

    def whole(self, key: str) -> int:
        value = self.take(key)
        if not is_number(value) or value != int(value):
            raise self._wrong(key, "a whole number", value)
        return int(value)

    def numbers(self, key: str, count: int | None = None) -> tuple[float, ...]:
        """A list of finite numbers, `count` of them if given."""
        value = self.take(key)
        kind = "a list of finite numbers" if count is None else f"{count} finite numbers"
        if not isinstance(value, list | tuple) or not all(map(is_number, value)):
            raise self._wrong(key, kind, value)
        if count is not None and len(value) != count:
            raise self._wrong(key, kind, value)
        return tuple(float(part) for part in value)

    def listing(self, key: str) -> list[Any]:
        value = self.take(key)
        if not isinstance(value, list | tuple):
            raise self._wrong(key, "a list", value)
        return list(value)

    def close(self) -> None:
        """Refuse what was not taken."""
        known = ", ".join(dict.fromkeys(self._known))
        for key in self._left:
            raise EditError(f"{self._what}: unknown key {key!r}; the known ones are {known}.")

    def _wrong(self, key: str, kind: str, value: object) -> EditError:
        return EditError(f"{self._what}: {key!r} must be {kind}, not {_described(value)}.")


def is_number(value: object) -> bool:
    """Whether this is a finite number (true and false are none)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63


def _described(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
