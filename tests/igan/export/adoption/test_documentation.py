"""docs/adopting.md says what is true."""

import re
from pathlib import Path

from serve.bundle.interpreter import NEWEST_OPSET, OLDEST_OPSET, OPERATORS

PAGE = Path(__file__).parents[4] / "docs" / "adopting.md"


def test_the_operators_listed_are_those_that_there_are() -> None:
    text = PAGE.read_text(encoding="utf-8")
    listed = re.search(r"<!-- operators -->(.*)<!-- /operators -->", text, re.DOTALL)
    assert listed is not None
    assert re.findall(r"\w+", listed[1]) == sorted(OPERATORS)
    assert f"Opsets {OLDEST_OPSET} to {NEWEST_OPSET}." in text


def test_the_generators_listed_are_those_that_are_tested() -> None:
    from tests.foreign_generators import GENERATORS

    rows = re.findall(r"^\| ([\w-]+)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert GENERATORS.keys() <= set(rows)
