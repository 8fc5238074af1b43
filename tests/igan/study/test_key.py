import json
from pathlib import Path
from typing import Any

import pytest

from igan.study.errors import StudyError
from igan.study.key import StudyKey
from tests.studies import tiny_study


def test_a_key_is_read_as_it_was_written(tmp_path: Path) -> None:
    key = tiny_study(tmp_path / "study")
    read = StudyKey.read(tmp_path / "study")
    assert read.study == key.study
    assert read.pictures == dict(key.pictures)
    assert read.checks == dict(key.checks)
    assert read.sheets == key.sheets


def test_two_studies_of_the_same_pictures_have_different_names(tmp_path: Path) -> None:
    first, second = tiny_study(tmp_path / "a"), tiny_study(tmp_path / "b")
    assert first.study != second.study
    assert not set(first.pictures) & set(second.pictures)


def _swap_two_conditions(key: dict[str, Any]) -> None:
    pictures = list(key["pictures"].values())
    pictures[0]["condition"], pictures[-1]["condition"] = "shape_colour", "real"


def _forgive(key: dict[str, Any]) -> None:
    key["most_missed_checks"] = 2


@pytest.mark.parametrize("edit", [_swap_two_conditions, _forgive])
def test_an_edited_key_is_refused(tmp_path: Path, edit: Any) -> None:
    tiny_study(tmp_path / "study")
    _edit(tmp_path / "study", edit)
    with pytest.raises(StudyError, match="was changed after the study was made"):
        StudyKey.read(tmp_path / "study")


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda key: key.pop("sheets"), "'sheets' is missing"),
        (lambda key: key.update(version=2), "'version' is not 1"),
        (lambda key: key.update(pictures=[]), "'pictures' is no object"),
        (lambda key: key.update(sheets=[1]), "'sheets' is no list of lists"),
        (lambda key: key.update(most_missed_checks=True), "is no whole number"),
        (lambda key: next(iter(key["pictures"].values())).update(condition="x"), "is none of real"),
    ],
)
def test_a_damaged_key_is_refused_by_its_key(tmp_path: Path, edit: Any, sentence: str) -> None:
    tiny_study(tmp_path / "study")
    _edit(tmp_path / "study", edit)
    with pytest.raises(StudyError, match=sentence):
        StudyKey.read(tmp_path / "study")


def test_a_folder_without_a_key_and_a_key_that_is_no_json(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"holds no key\.json"):
        StudyKey.read(tmp_path)
    (tmp_path / "key.json").write_text("{")
    with pytest.raises(StudyError, match="no JSON document"):
        StudyKey.read(tmp_path)


def _edit(study: Path, edit: Any) -> None:
    path = study / "key.json"
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
