"""What participants hand in: reading it, and the code by which it is known to be whole."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from igan.study.errors import StudyError
from igan.study.json_fields import JsonFields
from igan.study.key import StudyKey

ANSWERS_FORMAT, ANSWERS_VERSION = "igan-study-answers", 1
PARTICIPANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
CSV_COLUMNS = ("study", "participant", "sheet", "code", "position", "picture", "real", "ms")
MOST_FILE_BYTES = 64 * 2**20
FNV_OFFSET, FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3


@dataclass(frozen=True)
class Answer:
    """One answer: which picture, whether it was judged real, and after how long."""

    picture: str
    real: bool
    response_ms: int


@dataclass(frozen=True)
class Submission:
    """All answers of one participant.

    Attributes:
        study: name of the study they were given in.
        participant: letters, digits, `_.-`; as the crowd platform names the person, or random.
        sheet: number of the sheet, from 0.
        code: the completion code that the page showed.
        answers: in the order in which they were given.
        origin: the file, for messages.
    """

    study: str
    participant: str
    sheet: int
    code: str
    answers: tuple[Answer, ...]
    origin: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return what the page exports."""
        return {
            "format": ANSWERS_FORMAT,
            "version": ANSWERS_VERSION,
            "study": self.study,
            "participant": self.participant,
            "sheet": self.sheet,
            "code": self.code,
            "answers": [
                {"picture": answer.picture, "real": answer.real, "ms": answer.response_ms}
                for answer in self.answers
            ],
        }


def completion_code(study: str, participant: str, sheet: int, answers: Iterable[Answer]) -> str:
    """The code that the page shows at the end, such as `8F3A-01C2`.

    It is made of all answers (FNV-1a of 64 bits, folded to 32), so that a code tells on the
    platform whose answers are there, and in a file whether a line was lost or changed. It is no
    protection against somebody who computes it.
    """
    text = f"{study}|{participant}|{sheet}|" + "".join(
        f"{answer.picture}:{int(answer.real)}:{answer.response_ms};" for answer in answers
    )
    value = FNV_OFFSET
    for byte in text.encode():
        value = (value ^ byte) * FNV_PRIME % 2**64
    digits = f"{(value >> 32) ^ (value & 0xFFFFFFFF):08X}"
    return f"{digits[:4]}-{digits[4:]}"


def read_submissions(paths: Sequence[Path], key: StudyKey) -> list[Submission]:
    """Read the answers in files, `.json` of one participant or `.csv` of any number, and folders.

    Raises:
        StudyError: a file is damaged or of another study, or a participant is there twice.
    """
    by_participant: dict[str, Submission] = {}
    for path in _files(paths):
        for submission in _read(path):
            check_submission(submission, key)
            earlier = by_participant.setdefault(submission.participant, submission)
            if earlier is not submission:
                raise StudyError(
                    f"{earlier.origin} and {submission.origin} both hold answers of the "
                    f"participant {submission.participant}; leave one of them out."
                )
    return list(by_participant.values())


def answer_files(folder: Path) -> list[Path]:
    """The files of answers in a folder; hidden ones may be half-written and are none."""
    return sorted(
        file
        for file in folder.iterdir()
        if file.suffix in (".json", ".csv") and not file.name.startswith(".")
    )


def parse_submission(text: str, origin: str) -> Submission:
    """Read what the page exports as JSON.

    Raises:
        StudyError: the text is not that.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise StudyError(f"{origin} is no JSON document; take an intact copy.") from None
    fields = JsonFields(document, origin)
    fields.expect("format", ANSWERS_FORMAT)
    fields.expect("version", ANSWERS_VERSION)
    return Submission(
        study=fields.text("study"),
        participant=fields.text("participant"),
        sheet=fields.whole("sheet"),
        code=fields.text("code"),
        answers=tuple(
            Answer(answer.text("picture"), answer.flag("real"), answer.whole("ms"))
            for answer in fields.children("answers")
        ),
        origin=origin,
    )


def check_submission(submission: Submission, key: StudyKey) -> None:
    """Check that answers belong to a study and are as the page wrote them.

    Raises:
        StudyError: they are of another study, or were changed.
    """
    origin, participant = submission.origin, submission.participant
    if submission.study != key.study:
        raise StudyError(
            f"{origin}: the participant {participant[:64]!r} answered the study "
            f"{submission.study[:16]!r}, not {key.study}; analyse it with that study's folder."
        )
    if not PARTICIPANT.fullmatch(participant):
        raise StudyError(
            f"{origin}: {participant[:64]!r} is no name of a participant; use up to 64 letters, "
            "digits and _.- in links."
        )
    if submission.sheet >= len(key.sheets):
        raise StudyError(
            f"{origin}: the study has no sheet {submission.sheet}; take an intact copy."
        )
    answered = tuple(answer.picture for answer in submission.answers)
    if answered != key.sheets[submission.sheet][: len(answered)]:
        raise StudyError(
            f"{origin}: the pictures that {participant} answered are not those of the sheet "
            f"{submission.sheet} in its order; take an intact copy."
        )
    code = completion_code(submission.study, participant, submission.sheet, submission.answers)
    if submission.code != code:
        raise StudyError(
            f"{origin}: the answers of {participant} do not fit their completion code; they were "
            "changed or cut off after they were given, so take an intact copy."
        )


def _files(paths: Sequence[Path]) -> list[Path]:
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            found = answer_files(path)
            if not found:
                raise StudyError(f"{path} holds no answers (.json or .csv); name another folder.")
            files += found
        else:
            files.append(path)
    return files


def _read(path: Path) -> list[Submission]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_FILE_BYTES + 1)
        if len(data) > MOST_FILE_BYTES:
            raise StudyError(
                f"{path} is too large for answers; name a file that the page exported."
            )
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise StudyError(f"{path} cannot be read ({error.strerror}); check its name.") from None
    except UnicodeDecodeError:
        raise StudyError(f"{path} is no text; name a file that the page exported.") from None
    if path.suffix == ".csv":
        return _parse_csv(text, str(path))
    return [parse_submission(text, str(path))]


def _parse_csv(text: str, origin: str) -> list[Submission]:
    """Read the rows of any number of participants; those of one need not lie together."""
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != CSV_COLUMNS:
        raise StudyError(f"{origin} must have the columns {', '.join(CSV_COLUMNS)}.")
    answers: dict[tuple[str, str, int, str], list[Answer]] = {}
    try:
        for row in rows:
            head = (row["study"], row["participant"], _whole(row["sheet"]), row["code"])
            given = answers.setdefault(head, [])
            real = ("0", "1").index(row["real"])
            if _whole(row["position"]) != len(given) + 1:
                raise ValueError
            given.append(Answer(row["picture"], bool(real), _whole(row["ms"])))
    except (csv.Error, TypeError, ValueError):
        raise StudyError(
            f"{origin}, line {rows.line_num}: no answer as the page exports it; take an intact "
            "copy."
        ) from None
    if not answers:
        raise StudyError(f"{origin} holds no answers; take an intact copy.")
    return [Submission(*head, tuple(given), origin) for head, given in answers.items()]


def _whole(text: str) -> int:
    """A whole number from 0 on, of plain digits."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise ValueError(text)
    return int(text)
