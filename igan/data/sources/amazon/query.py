"""Which products to take, said in words.

    handbag                        a word of title or categories begins so: Handbag, handbags
    "tote bag"                     these words, one after another, just so
    leather handbag                both
    handbag OR purse               one of the two
    handbag -kids -"key chain"     the first without the others
    category:handbag -title:kids   in the categories; not in the title
    (handbag OR purse) -kids       brackets as in arithmetic

Capitals, accents on letters and punctuation make no difference.
"""

import html
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from igan.errors import ConfigError

LONGEST_QUERY_CHARACTERS = 2000
FIELDS = ("title", "category")

_TOKEN = re.compile(r'\s*(-?\(|\)|-?(?:(?:title|category):)?(?:"[^"]*"|[^\s()"]+))')

_Text = dict[str, str]
_Condition = Callable[[_Text], bool]


@dataclass(frozen=True)
class _Parsed:
    """A condition on a product, and a weaker one on the line that it is read from."""

    holds: _Condition
    may_hold: Callable[[str], bool]


class Query:
    """A query that was read.

    Raises:
        ConfigError: it is empty or makes no sense.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        if len(text) > LONGEST_QUERY_CHARACTERS:
            raise ConfigError(
                f"the query has more than {LONGEST_QUERY_CHARACTERS} characters; shorten it."
            )
        parser = _Parser(text)
        self._parsed = parser.alternatives()
        parser.expect_end()

    def matches(self, title: str, categories: tuple[str, ...]) -> bool:
        """Tell whether a product is one of those that the query describes."""
        fields = {"title": _plain(title), "category": " | ".join(map(_plain, categories))}
        return self._parsed.holds(fields)

    def may_match(self, line: str) -> bool:
        """Tell False when no product of this line of metadata can match: a quick look."""
        if not line.isascii() or "\\" in line or "&#" in line:
            return True
        return self._parsed.may_hold(line.lower().replace("'", ""))


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        position = 0
        text = text.rstrip()
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                raise ConfigError(f"the query breaks off at {text[position:][:40]!r}; correct it.")
            self._tokens.append(token[1])
            position = token.end()

    def expect_end(self) -> None:
        if self._tokens:
            raise ConfigError(f"the query has a {self._tokens[0]!r} too many; correct it.")

    def alternatives(self) -> _Parsed:
        found = [self._together()]
        while self._tokens and self._tokens[0] == "OR":
            self._tokens.pop(0)
            found.append(self._together())
        return _Parsed(
            lambda fields: any(one.holds(fields) for one in found),
            lambda line: any(one.may_hold(line) for one in found),
        )

    def _together(self) -> _Parsed:
        found: list[_Parsed] = []
        while self._tokens and self._tokens[0] not in ("OR", ")"):
            if self._tokens[0] == "AND":
                self._tokens.pop(0)
                continue
            found.append(self._one())
        if not found:
            raise ConfigError(
                "the query lacks words; say which products to take, such as "
                "`--query 'category:handbag -title:wallet'`."
            )
        return _Parsed(
            lambda fields: all(one.holds(fields) for one in found),
            lambda line: all(one.may_hold(line) for one in found),
        )

    def _one(self) -> _Parsed:
        token = self._tokens.pop(0)
        if token == "NOT":
            if not self._tokens:
                raise ConfigError("the query ends with NOT; say what is not to be there.")
            return _negated(self._one())
        if token.startswith("-") and len(token) > 1:
            self._tokens.insert(0, token[1:])
            return _negated(self._one())
        if token == "(":
            inner = self.alternatives()
            if not self._tokens:
                raise ConfigError("the query has a bracket that is not closed; close it.")
            self._tokens.pop(0)
            return inner
        return _words(token)


def _words(token: str) -> _Parsed:
    field, colon, rest = token.partition(":")
    fields: tuple[str, ...] = FIELDS
    if colon and field in FIELDS:
        fields, token = (field,), rest
    wanted = _plain(token)
    if not wanted.strip():
        raise ConfigError(f"the query has {token!r}, in which there is no word; leave it out.")
    if not token.startswith('"'):
        wanted = wanted.rstrip()
    longest = max(wanted.split(), key=len)
    return _Parsed(
        lambda texts: any(wanted in texts[name] for name in fields), lambda line: longest in line
    )


def _negated(one: _Parsed) -> _Parsed:
    return _Parsed(lambda fields: not one.holds(fields), lambda line: True)


def _plain(text: str) -> str:
    """Return lower-case words without accents, a space before, between and after them."""
    decomposed = unicodedata.normalize("NFKD", html.unescape(text))
    letters = "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
    words = re.split(r"[\W_]+", letters.replace("'", "").replace("’", ""))
    return f" {' '.join(filter(None, words))} "
