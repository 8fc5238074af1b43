import csv
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from igan.study.answers import (
    CSV_COLUMNS,
    Submission,
    completion_code,
    read_submissions,
)
from igan.study.errors import StudyError
from igan.study.key import StudyKey
from igan.study.simulation import Population, simulate
from tests.studies import unwritten_key


@pytest.fixture(scope="module")
def key() -> StudyKey:
    return unwritten_key(count=4, per_participant=8, votes=3, checks=2)


@pytest.fixture(scope="module")
def submissions(key: StudyKey) -> list[Submission]:
    return simulate(key, 3, Population(), seed=0)


def test_json_and_csv_say_the_same(
    key: StudyKey, submissions: list[Submission], tmp_path: Path
) -> None:
    paths = [_write_json(submission, tmp_path) for submission in submissions]
    _write_csv(submissions, tmp_path / "all.csv")
    from_json = read_submissions(paths, key)
    from_csv = read_submissions([tmp_path / "all.csv"], key)
    assert _without_origin(from_json) == _without_origin(from_csv) == _without_origin(submissions)


def test_a_folder_is_read_without_what_is_hidden_in_it(
    key: StudyKey, submissions: list[Submission], tmp_path: Path
) -> None:
    for submission in submissions:
        _write_json(submission, tmp_path)
    (tmp_path / ".half.json").write_text("{")
    (tmp_path / "notes.txt").write_text("not answers")
    assert len(read_submissions([tmp_path], key)) == 3


def test_the_code_is_fnv_of_all_that_was_answered(submissions: list[Submission]) -> None:
    """FNV-1a of the empty text is its offset basis, of "a" 0xaf63dc4c8601ec8c (Noll)."""
    first = submissions[0]
    assert first.code == completion_code(first.study, first.participant, 0, first.answers)
    assert completion_code("a", "b", 0, ()) == _folded_fnv(b"a|b|0|")
    assert (
        _folded_fnv(b"a")
        == f"{0xAF63DC4C ^ 0x8601EC8C:08X}"[:4] + "-" + (f"{0xAF63DC4C ^ 0x8601EC8C:08X}"[4:])
    )


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda answers: answers.update(study="0123456789abcdef"), "answered the study"),
        (lambda answers: answers.update(participant="../x"), "no name of a participant"),
        (lambda answers: answers.update(participant=7), "'participant' is no text"),
        (lambda answers: answers.update(sheet=99), "has no sheet 99"),
        (lambda answers: answers.update(sheet=1), "not those of the sheet 1"),
        (lambda answers: answers.update(sheet=-1), "'sheet' is no whole number"),
        (lambda answers: answers.update(code="0000-0000"), "do not fit their completion code"),
        (lambda answers: answers["answers"].pop(), "do not fit their completion code"),
        (lambda answers: _flip(answers["answers"][3]), "do not fit their completion code"),
        (lambda answers: answers["answers"].reverse(), "not those of the sheet"),
        (lambda answers: answers["answers"].append(answers["answers"][0]), "not those of"),
        (lambda answers: answers["answers"][2].update(real=1), "'real' is neither true nor false"),
        (lambda answers: answers["answers"][2].update(ms=float("nan")), "'ms' is no whole number"),
        (lambda answers: answers["answers"][2].pop("picture"), "'picture' is missing"),
        (lambda answers: answers.update(answers={}), "'answers' is no list"),
        (lambda answers: answers.update(answers=[1]), "answers 1 is no JSON object"),
        (lambda answers: answers.update(format="other"), "'format' is not"),
        (lambda answers: answers.pop("version"), "'version' is missing"),
    ],
)
def test_changed_answers_are_refused_by_a_sentence(
    key: StudyKey, submissions: list[Submission], tmp_path: Path, change: Change, sentence: str
) -> None:
    path = _write_json(submissions[0], tmp_path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(StudyError, match=sentence):
        read_submissions([path], key)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 200_000, b'{"format": "igan-study-answers"']
)
def test_what_is_no_answers_at_all(key: StudyKey, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.json").write_bytes(data)
    with pytest.raises(StudyError, match=r"a\.json"):
        read_submissions([tmp_path / "a.json"], key)


@pytest.mark.parametrize(
    ("line", "text", "sentence"),
    [
        (0, "study,participant", "must have the columns"),
        (2, "x,y", r"line 3: no answer"),
        (2, "", "do not fit|no answer"),
        (3, "{0},{1},{2},{3},9,{5},{6},{7}", "line 4: no answer"),
        (3, "{0},{1},{2},{3},{4},{5},yes,{7}", "line 4: no answer"),
        (3, "{0},{1},{2},{3},{4},{5},{6},1e3", "line 4: no answer"),
        (3, "{0},{1},{2},{3},{4},{5},{6},²", "line 4: no answer"),
    ],
)
def test_a_damaged_table_is_refused_by_its_line(
    key: StudyKey,
    submissions: list[Submission],
    tmp_path: Path,
    line: int,
    text: str,
    sentence: str,
) -> None:
    path = tmp_path / "answers.csv"
    _write_csv(submissions[:1], path)
    lines = path.read_text().splitlines()
    lines[line] = text.format(*lines[line].split(","))
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(StudyError, match=sentence):
        read_submissions([path], key)


def test_an_empty_table_holds_no_answers(key: StudyKey, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",".join(CSV_COLUMNS) + "\n")
    with pytest.raises(StudyError, match="holds no answers"):
        read_submissions([tmp_path / "a.csv"], key)


def test_a_participant_who_is_there_twice(
    key: StudyKey, submissions: list[Submission], tmp_path: Path
) -> None:
    first = _write_json(submissions[0], tmp_path)
    _write_csv(submissions[:2], tmp_path / "again.csv")
    with pytest.raises(StudyError, match=r"0000\.json and .*again\.csv both hold answers"):
        read_submissions([first, tmp_path / "again.csv"], key)


def test_files_that_are_not_there_and_folders_without_any(key: StudyKey, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="cannot be read"):
        read_submissions([tmp_path / "none.json"], key)
    with pytest.raises(StudyError, match="holds no answers"):
        read_submissions([tmp_path], key)


def test_a_key_made_to_fit_itself_no_longer_fits_the_answers(
    key: StudyKey, submissions: list[Submission], tmp_path: Path
) -> None:
    pictures = dict(key.pictures)
    first, *_, last = pictures
    pictures[first], pictures[last] = pictures[last], pictures[first]
    forged = dataclasses.replace(key, pictures=pictures)
    with pytest.raises(StudyError, match="answered the study"):
        read_submissions([_write_json(submissions[0], tmp_path)], forged)


def _flip(answer: dict[str, Any]) -> None:
    answer["real"] = not answer["real"]


def _folded_fnv(data: bytes) -> str:
    value = 14695981039346656037
    for byte in data:
        value = (value ^ byte) * 1099511628211 & (2**64 - 1)
    digits = f"{value >> 32 ^ value & 0xFFFFFFFF:08X}"
    return f"{digits[:4]}-{digits[4:]}"


def _write_json(submission: Submission, folder: Path) -> Path:
    path = folder / f"{submission.participant}.json"
    path.write_text(json.dumps(submission.to_json()))
    return path


def _write_csv(submissions: list[Submission], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        for one in submissions:
            head = (one.study, one.participant, one.sheet, one.code)
            for place, answer in enumerate(one.answers, start=1):
                row = (place, answer.picture, int(answer.real), answer.response_ms)
                writer.writerow([*head, *row])


def _without_origin(submissions: list[Submission]) -> list[Submission]:
    return [dataclasses.replace(submission, origin="") for submission in submissions]
