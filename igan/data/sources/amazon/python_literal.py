"""A line of Python literals as JSON: the 2014 metadata were written by Python's `repr`.

Nothing is evaluated. Strings and numbers are recognised one by one, `True`, `False` and `None` are
renamed, and the JSON reader, which has bounds of its own, decides whether they make sense together.
"""

import ast
import json
import re
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:
        u?(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)
      | (?P<word>True|False|None)
      | (?P<mark>[\[\]{}:,])
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"True": "true", "False": "false", "None": "null"}
_NEEDS_READING = re.compile(r'[\\"\x00-\x1f]')


def read_python_literal(line: str) -> Any:
    """Read a dictionary, list, text, number, truth value or None.

    Raises:
        ValueError: the line is none of these.
    """
    parts: list[str] = []
    position = 0
    line = line.rstrip()
    while position < len(line):
        token = _TOKEN.match(line, position)
        if token is None:
            raise ValueError(f"no Python literal at character {position}")
        position = token.end()
        parts.append(_as_json(token))
    try:
        return json.loads("".join(parts))
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def _as_json(token: re.Match[str]) -> str:
    kind = token.lastgroup
    written = token[kind or 0]
    if kind == "word":
        return _WORDS[written]
    if kind == "number":
        return written.removesuffix(".")
    if kind == "mark":
        return written
    inside = written[1:-1]
    if _NEEDS_READING.search(inside) is None:
        return f'"{inside}"'
    try:
        return json.dumps(ast.literal_eval(written.replace("\n", "\\n")))
    except (SyntaxError, UnicodeError) as error:
        raise ValueError("a text with a broken escape") from error
