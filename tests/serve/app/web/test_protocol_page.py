import inspect
import re
from pathlib import Path

import pytest

from serve.app.protocol import HEADER, KINDS, SUBPROTOCOL, FrameKind, answers

PAGE = (Path(__file__).parents[4] / "docs" / "protocol.md").read_text(encoding="utf-8")
ANSWERS = [
    name
    for name, function in inspect.getmembers(answers, inspect.isfunction)
    if function.__module__ == answers.__name__ and not name.startswith("_")
]


@pytest.mark.parametrize("kind", [*KINDS, *ANSWERS])
def test_every_message_is_described(kind: str) -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert any(f"`{kind}`" in row for row in rows)


def test_every_field_of_the_answers_is_described() -> None:
    table = PAGE.split("| The server says |")[1]
    for name in ANSWERS:
        described = re.search(rf"`{name}` `{{(.*?)}}`", table)
        assert described is not None, name
        taken = set(inspect.signature(getattr(answers, name)).parameters)
        said = set(described.group(1).split(", "))
        renamed = {"share": "done"}
        assert {renamed.get(one, one) for one in taken} <= said, name


def test_frames_are_described() -> None:
    kinds = PAGE.split("| 0 | kind: ")[1].split("|")[0]
    assert [int(number) for number in re.findall(r"\d", kinds)] == [int(kind) for kind in FrameKind]
    assert f"a header of {HEADER.size} bytes" in PAGE
    assert f"`{SUBPROTOCOL}`" in PAGE
