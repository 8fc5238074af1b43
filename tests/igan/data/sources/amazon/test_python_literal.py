import ast

import pytest

from igan.data.sources.amazon.python_literal import read_python_literal


@pytest.mark.parametrize(
    "value",
    [
        {"asin": "0000031852", "price": 3.17, "related": {"also_bought": []}, "imUrl": None},
        {"title": 'Women\'s "best" bag', "flag": True, "count": -3, "tiny": 1e-07},
        {"title": "tab\tand newline\n and back\\slash", "é": "ü ❤ \x85"},
        [["a, b", "{'c': [1]}"], []],
        {},
    ],
)
def test_what_repr_wrote_is_read(value: object) -> None:
    assert read_python_literal(repr(value)) == value


def test_python_2_texts() -> None:
    line = "{u'asin': u'B0', 'title': 'caf\\xc3\\xa9'}"
    assert read_python_literal(line) == ast.literal_eval(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{'a': 1",
        "{'a': __import__('os').system('true')}",
        "{'a': 1 + 1}",
        "{'a': (1, 2)}",
        "{'a': 'unfinished",
        "{'a': '\\N{no such letter}'}",
        "lambda: 0",
        "[" * 100_000,
        "-" * 100_000 + "1",
        "not " * 100_000 + "1",
        "1" + "+1" * 100_000,
    ],
)
def test_anything_else_is_refused_and_nothing_is_run(line: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_python_literal(line)
