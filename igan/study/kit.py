"""The folder of a study: what is published, and what must not be.

DIR/public/            one static page with all it needs: put it on any web host, or open index.html
    index.html, study.css, study.js
    study-data.js      texts, names of pictures, sheets
    pictures/          files whose names and order say nothing
DIR/key.json           which picture is what
DIR/links.csv          one link for each sheet, that is, for each participant
DIR/overview.html      the pictures by condition, for the researcher's eyes
"""

import csv
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from igan.study.checks import draw_check
from igan.study.conditions import CONDITION_TITLES, CONDITIONS, Condition
from igan.study.errors import StudyError
from igan.study.key import KeptCheck, KeptPicture, StudyKey
from igan.study.making import StudyPicture
from igan.study.sheets import deal_sheets
from serve.photo.photo import Photo, write_photo
from serve.report.page import Page
from serve.report.sheet import contact_sheet

PUBLIC = "public"
PAGE_FILES = ("index.html", "study.css", "study.js")
DATA_FILE = "study-data.js"
PICTURE_SUFFIX = ".jpg"
OVERVIEW_PICTURES, OVERVIEW_COLUMNS = 16, 4

DEFAULT_CONSENT = (
    "This is a study of how real pictures look. You will see pictures one after the other and say "
    "of each whether it looks like a real photo. There are no right or wrong answers; your first "
    "impression counts.",
    "Taking part is voluntary. You may stop at any time without giving a reason, and delete your "
    "answers with the button at the bottom of the page.",
    "Kept are your answers, how long each took, and the name of the participant in your link, or a "
    "random one. Nothing else about you or your device is kept. Your answers stay in this browser "
    "until you hand them in at the end.",
)


@dataclass(frozen=True)
class StudyPlan:
    """How a study is held.

    Attributes:
        per_participant: pictures that one participant judges, at most, without the checks.
        votes: on each picture, when every sheet is answered once.
        checks: attention checks on every sheet; half of them ask for each answer.
        most_missed_checks: who misses more is left out.
        consent: paragraphs to which a participant agrees.
        return_link: shown at the end; `{code}` in it becomes the completion code. None shows none.
    """

    per_participant: int = 100
    votes: int = 20
    checks: int = 6
    most_missed_checks: int = 1
    consent: tuple[str, ...] = DEFAULT_CONSENT
    return_link: str | None = None

    def __post_init__(self) -> None:
        if self.votes < 1:
            raise StudyError(f"each picture needs at least one vote, not {self.votes}.")
        if self.checks < 0 or self.checks % 2:
            raise StudyError(f"attention checks come in pairs, {self.checks} is no such number.")
        if self.most_missed_checks < 0:
            raise StudyError("the number of checks that may be missed is 0 at least.")
        if not self.consent:
            raise StudyError("the consent text is empty; write what participants agree to.")
        if self.return_link is not None and not self.return_link.startswith("https://"):
            raise StudyError(
                f"{self.return_link!r} is no link to return to; give one that begins with https://."
            )


def write_study(
    folder: Path, pictures: Sequence[StudyPicture], plan: StudyPlan, made_with: Mapping[str, Any]
) -> StudyKey:
    """Write a study into the empty `folder`.

    Names, sheets and orders come from a fresh secret that the key keeps, never from a seed that
    somebody could guess.

    Args:
        pictures: as many of each condition, the edits of one photo at the same place among theirs.
        made_with: what the key remembers of bundle, photos and settings.

    Raises:
        StudyError: the plan does not fit the pictures.
    """
    secret = secrets.token_hex(16)
    rng = np.random.default_rng(int(secret, 16))
    side_px, _, channels = pictures[0].pixels.shape
    asks_for_real = [number % 2 == 1 for number in range(plan.checks)]
    drawn = [picture.pixels for picture in pictures]
    drawn += [draw_check(real, side_px, channels) for real in asks_for_real]
    names = [f"{value:016x}" for value in rng.integers(2**63, size=len(drawn), dtype=np.int64)]
    by_condition: dict[Condition, list[str]] = {condition: [] for condition in CONDITIONS}
    for picture, name in zip(pictures, names, strict=False):
        by_condition[picture.condition].append(name)
    checks = names[len(pictures) :]
    sheets = deal_sheets(by_condition, checks, plan.per_participant, plan.votes, rng)
    digests = _write_pictures(folder / PUBLIC / "pictures", names, drawn)
    key = StudyKey(
        secret=secret,
        pictures={
            name: KeptPicture(picture.condition, picture.source, digests[name])
            for name, picture in zip(names, pictures, strict=False)
        },
        checks={
            name: KeptCheck(real, digests[name])
            for name, real in zip(checks, asks_for_real, strict=True)
        },
        sheets=sheets,
        most_missed_checks=plan.most_missed_checks,
        made_with={**made_with, "plan": asdict(plan)},
    )
    key.write(folder)
    _write_page(folder / PUBLIC, key, plan, side_px)
    _write_links(folder / "links.csv", len(sheets))
    _overview(key, pictures).write(folder / "overview.html")
    return key


def picture_path(folder: Path, name: str) -> Path:
    """Where a study keeps a picture."""
    return folder / PUBLIC / "pictures" / f"{name}{PICTURE_SUFFIX}"


def _write_pictures(
    folder: Path, names: Sequence[str], drawn: Sequence[npt.NDArray[np.uint8]]
) -> dict[str, str]:
    """Write pictures in the order of their names, so that times tell nothing; return digests."""
    folder.mkdir(parents=True)
    digests = {}
    for name, pixels in sorted(zip(names, drawn, strict=True), key=lambda pair: pair[0]):
        path = folder / f"{name}{PICTURE_SUFFIX}"
        write_photo(Photo(pixels), path)
        digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return digests


def _write_page(public: Path, key: StudyKey, plan: StudyPlan, side_px: int) -> None:
    names = sorted([*key.pictures, *key.checks])
    places = {name: place for place, name in enumerate(names)}
    data = {
        "study": key.study,
        "sidePx": side_px,
        "consent": plan.consent,
        "returnLink": plan.return_link,
        "pictures": names,
        "sheets": [[places[name] for name in sheet] for sheet in key.sheets],
    }
    text = json.dumps(data, separators=(",", ":"))
    (public / DATA_FILE).write_text(f'"use strict";\nconst STUDY = {text};\n', encoding="utf-8")
    page = resources.files("igan.study") / "page"
    for name in PAGE_FILES:
        (public / name).write_bytes((page / name).read_bytes())


def _write_links(path: Path, sheets: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["sheet", "link"])
        writer.writerows([sheet, f"index.html?sheet={sheet}"] for sheet in range(sheets))


def _overview(key: StudyKey, pictures: Sequence[StudyPicture]) -> Page:
    page = Page(f"Study {key.study}")
    page.paragraph(
        "For the researcher, not for participants: some pictures of each condition, as they are "
        f"shown. {len(key.pictures)} pictures, {len(key.checks)} attention checks, "
        f"{len(key.sheets)} sheets."
    )
    for condition in CONDITIONS:
        shown = [picture.pixels for picture in pictures if picture.condition == condition]
        shown = shown[:OVERVIEW_PICTURES]
        rows = [
            shown[start : start + OVERVIEW_COLUMNS]
            for start in range(0, len(shown), OVERVIEW_COLUMNS)
        ]
        page.heading(CONDITION_TITLES[condition])
        page.picture(contact_sheet(rows), encoding="jpeg")
    return page
