from typing import Any

import pytest

from igan.errors import BadInputError
from igan.evaluation.suite.comparison import ComparedFigure, compare, markdown, page, table
from igan.evaluation.suite.figure import Better, Figure
from igan.evaluation.suite.outcome import Outcome, PartOutcome

OPTIONS = ("--count", "5")


def figure(low: float, high: float, better: Better | None = "lower") -> Figure:
    return Figure("loss", (low + high) / 2, (low, high), better)


def part(name: str, *figures: Figure, **changes: Any) -> PartOutcome:
    values: dict[str, Any] = {"state": "done", "options": OPTIONS, **changes}
    return PartOutcome(name, name.capitalize(), "", "igan evaluate", figures=figures, **values)


def outcome(name: str, *parts: PartOutcome, store: str = "photos") -> Outcome:
    digest = {"name": name, "digest": f"digest of {name}"}
    return Outcome(digest, {"name": store, "digest": f"digest of {store}"}, {}, parts)


@pytest.mark.parametrize(
    ("a", "b", "better", "verdict"),
    [
        ((1, 2), (3, 4), "lower", "A"),
        ((1, 2), (3, 4), "higher", "B"),
        ((3, 4), (1, 2), "lower", "B"),
        ((3, 4), (1, 2), "higher", "A"),
        ((1, 3), (2, 4), "lower", "no clear difference"),
        ((1, 2), (2, 3), "lower", "no clear difference"),
        ((1, 2), (3, 4), None, ""),
    ],
)
def test_what_lies_apart_is_better(
    a: tuple[float, float], b: tuple[float, float], better: Better | None, verdict: str
) -> None:
    assert ComparedFigure("", figure(*a, better), figure(*b, better)).verdict == verdict


def test_nothing_is_said_without_an_interval() -> None:
    without = Figure("memory", 1.0, None, "lower")
    assert ComparedFigure("", without, Figure("memory", 9.0, None, "lower")).verdict == ""


def test_parts_that_only_one_has_are_named() -> None:
    a = outcome("one", part("realism", figure(1, 2)), part("speed", figure(5, 6)))
    b = outcome("two", part("realism", figure(3, 4)), part("speed", state="failed"))
    found = compare(a, b)
    assert [(row.part, row.verdict) for row in found.figures] == [("realism", "A")]
    assert found.not_in_both == ("speed",)
    for text in (table(found), markdown(found), page(found).html()):
        assert "Measured of one of them only: speed." in text
        assert "one (digest digest of on" in text
    assert found.to_json()["figures"][0]["better"] == "A"


def test_only_what_was_measured_alike_is_compared() -> None:
    a = outcome("one", part("realism", figure(1, 2)))
    with pytest.raises(BadInputError, match="different photos"):
        compare(a, outcome("two", part("realism", figure(1, 2)), store="others"))
    with pytest.raises(BadInputError, match="realism was measured in different ways"):
        compare(a, outcome("two", part("realism", figure(1, 2), options=("--count", "6"))))
