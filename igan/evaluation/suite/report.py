"""The report of an evaluation, as a page and as Markdown."""

from pathlib import Path

from igan.evaluation.suite.figure import Figure
from igan.evaluation.suite.outcome import Outcome, PartOutcome, sheet_of
from serve.photo.photo import read_photo
from serve.report.page import Page

COLUMNS = ("figure", "value", "95 % interval", "better")
SUMMARY = ("part", "state", "minutes", "CPU minutes")


def markdown(outcome: Outcome) -> str:
    """The figures without pictures."""
    lines = [f"# Evaluation of {outcome.bundle['name']}", "", about(outcome), ""]
    lines += _table(SUMMARY, [_summary(part) for part in outcome.parts])
    for part in outcome.parts:
        lines += ["", f"## {part.title}", ""]
        if part.state != "done":
            lines.append(_sentence(part))
            continue
        lines += [part.meaning, "", *_table(COLUMNS, [_row(one) for one in part.figures])]
        lines += ["", "```", part.command, "```"]
    return "\n".join(lines) + "\n"


def page(outcome: Outcome, folder: Path) -> Page:
    """The report with the sheets of the parts, which lie in `folder`."""
    report = Page(f"Evaluation of {outcome.bundle['name']}")
    report.paragraph(about(outcome))
    report.table(SUMMARY, [_summary(part) for part in outcome.parts])
    for part in outcome.parts:
        report.heading(part.title)
        if part.state != "done":
            report.paragraph(_sentence(part))
            continue
        report.paragraph(part.meaning)
        report.table(COLUMNS, [_row(figure) for figure in part.figures])
        report.commands(part.command)
        sheet = sheet_of(folder, part)
        if sheet.is_file():
            report.picture(read_photo(sheet).as_uint8(3), encoding="jpeg")
    return report


def table(outcome: Outcome) -> str:
    """The figures as aligned lines of text."""
    width = max((len(figure.name) for _, figure in outcome.figures()), default=0)
    lines = []
    for part in outcome.parts:
        lines += ["", part.title if part.state == "done" else f"{part.title}: {_sentence(part)}"]
        lines += [
            f"  {figure.name:<{width}}  {figure.text:>14}  {figure.interval_text}"
            for figure in part.figures
        ]
    return "\n".join(lines[1:])


def about(outcome: Outcome) -> str:
    """What was measured, on what, and how long it took."""
    machine = outcome.machine
    return (
        f"{outcome.bundle['name']} (digest {outcome.bundle['digest'][:12]}) on the photos of "
        f"{outcome.store['name']} (digest {outcome.store['digest'][:12]}), in "
        f"{outcome.seconds / 60:.1f} minutes ({outcome.cpu_seconds / 60:.1f} of CPU time) on "
        f"{machine['processor']} with {machine['threads']} of {machine['cores']} cores. Each part "
        "is what the command below it makes; run it again and all figures but times and memory "
        "come out the same on this machine, with as many threads."
    )


def _summary(part: PartOutcome) -> tuple[str, str, str, str]:
    took = part.state in ("done", "failed")
    minutes = (f"{part.seconds / 60:.1f}", f"{part.cpu_seconds / 60:.1f}") if took else ("", "")
    return part.title, part.state, *minutes


def _sentence(part: PartOutcome) -> str:
    if part.state == "waiting":
        return "Not measured yet."
    return f"{part.state.capitalize()}: {part.sentence}"


def _row(figure: Figure) -> tuple[str, str, str, str]:
    return figure.name, figure.text, figure.interval_text, figure.better or ""


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in [titles, ("---",) * len(titles), *rows]]
