"""The report of a study, as text, page and files."""

import hashlib
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from igan.study.analysis import Analysis
from igan.study.conditions import CONDITION_TITLES, PAPER_SHARES, Condition
from igan.study.errors import StudyError
from igan.study.figure import ShareFigure
from igan.study.intervals import Estimate
from igan.study.key import StudyKey
from igan.study.kit import picture_path
from serve.photo.photo import decode_photo
from serve.report.page import Page

EXTREMES_SHOWN, EXTREMES_PX = 5, 160
COLUMNS = (
    "judged real",
    "95 % interval",
    "the paper's",
    "pictures",
    "votes",
    "effective votes",
    "agreement",
    "median s",
)


def table(analysis: Analysis) -> str:
    """The figures as lines of text."""
    rows = [["", *COLUMNS], *_rows(analysis)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join([*lines, "", *_sentences(analysis)])


def write_report(analysis: Analysis, key: StudyKey, study: Path, out: Path) -> None:
    """Write analysis.json, figure.svg and report.html into the folder `out`.

    Args:
        study: the study's folder, whose pictures the page shows.

    Raises:
        StudyError: a picture is missing there, or is not the one that was judged.
    """
    figure = ShareFigure(
        [CONDITION_TITLES[result.condition] for result in analysis.conditions],
        [result.share for result in analysis.conditions],
        "judged to be real photos, with 95 % intervals",
    )
    page = Page("Which pictures look real?")
    page.charts([figure])  # type: ignore[list-item]  # a drawing like any other
    page.table(["condition", *COLUMNS], _rows(analysis))
    for sentence in _sentences(analysis):
        page.paragraph(sentence)
    page.paragraph(
        "The intervals allow for both that people differ and that pictures do: variances clustered "
        "by people and by pictures (Cameron, Gelbach and Miller 2011), Wilson's interval at the "
        "effective votes, the number of independent ones that would vary as much. They are about "
        "other people and other pictures made in the same way. Agreement is the share of pairs of "
        "votes on one picture that are the same. The paper's shares are of its own photos and "
        "networks."
    )
    for result in analysis.conditions:
        page.heading(f"The most and the least real: {CONDITION_TITLES[result.condition]}")
        pictures = _extremes(analysis, key, study, result.condition)
        page.pictures(pictures, width_px=EXTREMES_PX, encoding="jpeg")
    page.heading("Left out")
    if analysis.left_out:
        page.table(
            ["participant", "why"],
            [[left.participant, left.reason] for left in analysis.left_out],
        )
    else:
        page.paragraph("Nobody.")
    page.heading("How the pictures were made")
    page.commands(json.dumps(key.made_with, indent=2, ensure_ascii=False))
    page.write(out / "report.html")
    (out / "figure.svg").write_text(figure.svg() + "\n", encoding="utf-8")
    (out / "analysis.json").write_text(
        json.dumps(analysis.to_json(), indent=2, allow_nan=False) + "\n", encoding="utf-8"
    )


def _rows(analysis: Analysis) -> list[list[str]]:
    return [
        [
            CONDITION_TITLES[result.condition],
            f"{result.share.value:.1%}",
            _interval(result.share),
            f"{PAPER_SHARES[result.condition]:.1%}",
            f"{result.pictures:,}",
            f"{result.votes:,}",
            f"{result.share.effective_votes:,.0f}",
            "-" if result.agreement is None else f"{result.agreement:.1%}",
            f"{result.median_ms / 1000:.1f}",
        ]
        for result in analysis.conditions
    ]


def _sentences(analysis: Analysis) -> list[str]:
    sentences = [
        f"{CONDITION_TITLES[difference.minuend].capitalize()} against "
        f"{CONDITION_TITLES[difference.subtrahend]}: "
        f"{100 * difference.estimate.value:+.1f} points ({_points(difference.estimate)})."
        for difference in analysis.differences
    ]
    agreement = "not defined" if analysis.alpha is None else f"{analysis.alpha:.3f}"
    sentences.append(f"Agreement over all pictures, Krippendorff's alpha: {agreement}.")
    sentences.append(
        f"{analysis.participants} participants count, {len(analysis.left_out)} were left out."
    )
    return sentences


def _interval(estimate: Estimate) -> str:
    return f"{estimate.low:.1%} to {estimate.high:.1%}"


def _points(estimate: Estimate) -> str:
    return f"95 % interval {100 * estimate.low:+.1f} to {100 * estimate.high:+.1f}"


def _extremes(
    analysis: Analysis, key: StudyKey, study: Path, condition: Condition
) -> list[tuple[npt.NDArray[np.uint8], str]]:
    """The pictures most and least often judged real, with their shares."""
    shares = analysis.picture_shares
    names = sorted(
        (name for name in shares if key.pictures[name].condition == condition),
        key=lambda name: (-shares[name], name),
    )
    if len(names) > 2 * EXTREMES_SHOWN:
        names = [*names[:EXTREMES_SHOWN], *names[-EXTREMES_SHOWN:]]
    return [(_picture(key, study, name), f"{shares[name]:.0%}") for name in names]


def _picture(key: StudyKey, study: Path, name: str) -> npt.NDArray[np.uint8]:
    path = picture_path(study, name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror}); restore it.") from None
    if hashlib.sha256(data).hexdigest() != key.pictures[name].sha256:
        raise StudyError(f"{path} is not the picture that the study was made with; restore it.")
    photo = decode_photo(data, str(path))
    return photo.as_uint8(photo.channels)
