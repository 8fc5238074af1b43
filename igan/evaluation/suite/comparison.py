"""Two evaluations side by side."""

from dataclasses import dataclass
from typing import Any

from igan.errors import BadInputError
from igan.evaluation.suite.figure import Figure
from igan.evaluation.suite.outcome import Outcome, PartOutcome
from serve.report.page import Page

COLUMNS = ("figure", "A", "95 % interval", "B", "95 % interval", "better")


@dataclass(frozen=True)
class ComparedFigure:
    """The same figure of two bundles, A and B."""

    part: str
    a: Figure
    b: Figure

    @property
    def verdict(self) -> str:
        """Which is better, where the intervals lie apart: "A", "B", or "no clear difference".

        Empty where neither way is better, or nothing says how far the values are to be trusted.
        That intervals lie apart is more than a difference needs to be significant.
        """
        one, other = self.a.interval, self.b.interval
        if self.a.better is None or one is None or other is None:
            return ""
        if one[0] <= other[1] and other[0] <= one[1]:
            return "no clear difference"
        return "A" if (one[1] < other[0]) == (self.a.better == "lower") else "B"


@dataclass(frozen=True)
class Comparison:
    """The figures that both evaluations have, and the parts that only one has."""

    a: Outcome
    b: Outcome
    figures: tuple[ComparedFigure, ...]
    not_in_both: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "a": self.a.bundle,
            "b": self.b.bundle,
            "store": self.a.store,
            "not_in_both": list(self.not_in_both),
            "figures": [
                {
                    "part": row.part,
                    "a": row.a.to_json(),
                    "b": row.b.to_json(),
                    "better": row.verdict,
                }
                for row in self.figures
            ],
        }


def compare(a: Outcome, b: Outcome) -> Comparison:
    """Lay two evaluations side by side.

    Raises:
        BadInputError: they are of different photos, or a part was measured in different ways.
    """
    if a.store["digest"] != b.store["digest"]:
        raise BadInputError(
            f"the evaluations are of different photos ({a.store['name']} and {b.store['name']}); "
            "evaluate both bundles on the same store."
        )
    done_a, done_b = ({part.name: part for part in one.in_state("done")} for one in (a, b))
    common = [name for name in done_a if name in done_b]
    for name in common:
        _check_alike(done_a[name], done_b[name])
    figures = []
    for name in common:
        others = {figure.name: figure for figure in done_b[name].figures}
        figures += [
            ComparedFigure(name, figure, others[figure.name])
            for figure in done_a[name].figures
            if figure.name in others
        ]
    apart = sorted(done_a.keys() ^ done_b.keys())
    return Comparison(a, b, tuple(figures), tuple(apart))


def table(comparison: Comparison) -> str:
    """The figures as aligned lines of text."""
    width = max((len(row.a.name) for row in comparison.figures), default=0) + 2
    lines, part = [*_names(comparison)], ""
    for row in comparison.figures:
        if row.part != part:
            part = row.part
            lines += ["", part]
        lines.append(f"  {row.a.name:<{width}}{row.a.text:>14}{row.b.text:>14}  {row.verdict}")
    return "\n".join([*lines, "", *_notes(comparison)]).rstrip()


def markdown(comparison: Comparison) -> str:
    lines = ["# Two evaluations", "", *_names(comparison)]
    for part in dict.fromkeys(row.part for row in comparison.figures):
        lines += ["", f"## {part}", ""]
        rows = [COLUMNS, ("---",) * len(COLUMNS), *_rows(comparison, part)]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([*lines, "", *_notes(comparison)]).rstrip() + "\n"


def page(comparison: Comparison) -> Page:
    report = Page("Two evaluations")
    report.points([*_names(comparison), *_notes(comparison)])
    for part in dict.fromkeys(row.part for row in comparison.figures):
        report.heading(part)
        report.table(COLUMNS, _rows(comparison, part))
    return report


def _check_alike(a: PartOutcome, b: PartOutcome) -> None:
    if a.options != b.options:
        raise BadInputError(
            f"{a.name} was measured in different ways ({' '.join(a.options)} and "
            f"{' '.join(b.options)}); evaluate both bundles with the same options."
        )


def _names(comparison: Comparison) -> list[str]:
    return [
        f"{letter}: {one.bundle['name']} (digest {one.bundle['digest'][:12]})."
        for letter, one in (("A", comparison.a), ("B", comparison.b))
    ]


def _notes(comparison: Comparison) -> list[str]:
    notes = ["A difference is clear where the 95 % intervals lie apart."]
    if comparison.not_in_both:
        notes.append(f"Measured of one of them only: {', '.join(comparison.not_in_both)}.")
    return notes


def _rows(comparison: Comparison, part: str) -> list[tuple[str, ...]]:
    return [
        (
            row.a.name,
            row.a.text,
            row.a.interval_text,
            row.b.text,
            row.b.interval_text,
            row.verdict,
        )
        for row in comparison.figures
        if row.part == part
    ]
