"""Reading the keys of a JSON object, with errors that name the key by its full path."""

import math
from collections.abc import Sequence
from typing import Any, NoReturn

from serve.errors import BundleError


class Fields:
    """A JSON object and the path that leads to it; each reader checks the type of one key.

    Every reader raises BundleError when its key is missing or of the wrong kind.
    """

    def __init__(self, content: object, origin: str, path: str = "") -> None:
        self._origin, self._path = origin, path
        if not isinstance(content, dict):
            what = f'key "{path}"' if path else "the document"
            raise BundleError(
                f"{origin}: {what} must be a JSON object; take an intact copy of the bundle."
            )
        self._content: dict[str, Any] = content

    def refuse(
        self, key: str, reason: str, remedy: str = "take an intact copy of the bundle"
    ) -> NoReturn:
        raise BundleError(f'{self._origin}: key "{self._full(key)}" {reason}; {remedy}.')

    def refuse_whole(self, reason: str) -> NoReturn:
        """Refuse the object itself, as `refuse` does one of its keys."""
        raise BundleError(
            f'{self._origin}: key "{self._path}" {reason}; take an intact copy of the bundle.'
        )

    def has(self, key: str) -> bool:
        return key in self._content

    def has_value(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self._content.get(key) is not None

    @property
    def keys(self) -> list[str]:
        return list(self._content)

    def child(self, key: str) -> "Fields":
        return Fields(self._get(key), self._origin, self._full(key))

    def children(self, key: str) -> list["Fields"]:
        path = self._full(key)
        return [
            Fields(item, self._origin, f"{path}[{place}]")
            for place, item in enumerate(self.items(key))
        ]

    def items(self, key: str) -> list[Any]:
        value = self._get(key)
        if not isinstance(value, list):
            self.refuse(key, "must be a list")
        return value

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str) or not value:
            self.refuse(key, "must be a text that is not empty")
        return value

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has_value(key) else None

    def choice(self, key: str, choices: Sequence[str]) -> str:
        value = self.text(key)
        if value not in choices:
            self.refuse(key, f"is {value!r}, but must be one of {', '.join(choices)}")
        return value

    def integer(self, key: str, minimum: int, maximum: int) -> int:
        value = self._get(key)
        if type(value) is not int or not minimum <= value <= maximum:
            self.refuse(key, f"must be a whole number from {minimum} to {maximum}")
        return value

    def integers(self, key: str, minimum: int = 0) -> tuple[int, ...]:
        values = self.items(key)
        if not all(type(value) is int and value >= minimum for value in values):
            self.refuse(key, f"must list whole numbers, at least {minimum}")
        return tuple(values)

    def number(self, key: str, minimum: float = -math.inf) -> float:
        value = self._get(key)
        if not _is_number(value) or value < minimum:
            least = "" if minimum == -math.inf else f", at least {minimum:g}"
            self.refuse(key, f"must be a finite number{least}")
        return float(value)

    def optional_number(self, key: str, minimum: float = -math.inf) -> float | None:
        return self.number(key, minimum) if self.has_value(key) else None

    def interval(self, key: str) -> tuple[float, float]:
        values = self.items(key)
        if len(values) != 2 or not all(map(_is_number, values)) or not values[0] < values[1]:
            self.refuse(key, "must be two numbers, the lower first")
        return float(values[0]), float(values[1])

    def optional_interval(self, key: str) -> tuple[float, float] | None:
        return None if self._get(key) is None else self.interval(key)

    def mapping(self, key: str) -> dict[str, Any]:
        return self.child(key)._content

    def optional_mapping(self, key: str) -> dict[str, Any] | None:
        return self.mapping(key) if self.has_value(key) else None

    def text_mapping(self, key: str) -> dict[str, str]:
        child = self.child(key)
        return {name: child.text(name) for name in child._content}

    def _get(self, key: str) -> Any:
        if key not in self._content:
            self.refuse(key, "is missing")
        return self._content[key]

    def _full(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
