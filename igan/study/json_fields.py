"""Reading the keys of a study's JSON documents, with errors that name file and key."""

from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar

from igan.study.errors import StudyError

Choice = TypeVar("Choice", bound=str)

LARGEST_NUMBER = 2**53


class JsonFields:
    """One JSON object; every reader raises StudyError when its key is missing or of another kind.

    Args:
        document: what `json.loads` gave.
        what: how sentences name it: the file, and the place in it.
    """

    def __init__(self, document: object, what: str) -> None:
        if not isinstance(document, Mapping):
            raise StudyError(f"{what} is no JSON object; take an intact copy.")
        self._document = document
        self._what = what

    def expect(self, key: str, value: object) -> None:
        """Refuse another value than this one."""
        if self._take(key) != value:
            self._refuse(key, f"is not {value!r}")

    def text(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value:
            self._refuse(key, "is no text")
        return value

    def choice(self, key: str, choices: tuple[Choice, ...]) -> Choice:
        value = self.text(key)
        known = {str(choice): choice for choice in choices}
        if value not in known:
            self._refuse(key, f"is none of {', '.join(choices)}")
        return known[value]

    def flag(self, key: str) -> bool:
        value = self._take(key)
        if not isinstance(value, bool):
            self._refuse(key, "is neither true nor false")
        return value

    def whole(self, key: str) -> int:
        """A whole number from 0 on."""
        value = self._take(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST_NUMBER:
            self._refuse(key, "is no whole number from 0 on")
        return value

    def mapping(self, key: str) -> Mapping[str, Any]:
        value = self._take(key)
        if not isinstance(value, Mapping):
            self._refuse(key, "is no object")
        return value

    def children_by_name(self, key: str) -> dict[str, "JsonFields"]:
        return {
            name: JsonFields(child, f"{self._what}, {key} {name}")
            for name, child in self.mapping(key).items()
        }

    def children(self, key: str) -> list["JsonFields"]:
        return [
            JsonFields(child, f"{self._what}, {key} {place}")
            for place, child in enumerate(self._list(key), start=1)
        ]

    def lists(self, key: str) -> list[list[Any]]:
        """A list of lists."""
        value = self._list(key)
        if not all(isinstance(part, list) for part in value):
            self._refuse(key, "is no list of lists")
        return value

    def _list(self, key: str) -> list[Any]:
        value = self._take(key)
        if not isinstance(value, list):
            self._refuse(key, "is no list")
        return value

    def _take(self, key: str) -> Any:
        if key not in self._document:
            self._refuse(key, "is missing")
        return self._document[key]

    def _refuse(self, key: str, reason: str) -> NoReturn:
        raise StudyError(f"{self._what}: the key {key!r} {reason}; take an intact copy.")
