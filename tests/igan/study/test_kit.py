import csv
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from igan.study.conditions import CONDITIONS
from igan.study.errors import StudyError
from igan.study.kit import PUBLIC, StudyPlan, picture_path
from tests.studies import tiny_study


def test_what_a_study_holds(tmp_path: Path) -> None:
    key = tiny_study(tmp_path / "study")
    names = {path.name for path in (tmp_path / "study").iterdir()}
    assert names == {"public", "key.json", "links.csv", "overview.html"}
    public = {path.name for path in (tmp_path / "study" / PUBLIC).iterdir()}
    assert public == {"index.html", "study.css", "study.js", "study-data.js", "pictures"}
    for name, kept in {**key.pictures, **key.checks}.items():
        data = picture_path(tmp_path / "study", name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == kept.sha256
    with (tmp_path / "study/links.csv").open() as file:
        links = [row["link"] for row in csv.DictReader(file)]
    assert links == [f"index.html?sheet={number}" for number in range(len(key.sheets))]


def test_nothing_published_tells_the_conditions(tmp_path: Path) -> None:
    key = tiny_study(tmp_path / "study")
    public = tmp_path / "study" / PUBLIC
    data = (public / "study-data.js").read_text()
    assert key.secret not in data
    for word in (*CONDITIONS[1:], "photo 0", "tiny"):
        assert word not in data
    pictures = sorted((public / "pictures").iterdir())
    assert len(pictures) == 4 * 4 + 2
    assert all(re.fullmatch(r"[0-9a-f]{16}\.jpg", path.name) for path in pictures)
    described = set()
    for path in pictures:
        with Image.open(path) as image:
            tables = tuple(map(tuple, image.quantization.values()))  # type: ignore[attr-defined]
            described.add((image.size, image.mode, tuple(sorted(image.info)), tables))
    assert len(described) == 1


def test_the_page_knows_the_sheets_of_the_key(tmp_path: Path) -> None:
    key = tiny_study(
        tmp_path / "study", consent=('<b>"yes"</b>',), return_link="https://a.b/{code}"
    )
    text = (tmp_path / "study" / PUBLIC / "study-data.js").read_text()
    data: dict[str, Any] = json.loads(text.split("const STUDY = ")[1].rstrip(";\n"))
    assert data["study"] == key.study
    assert data["consent"] == ['<b>"yes"</b>']
    assert data["returnLink"] == "https://a.b/{code}"
    named = tuple(tuple(data["pictures"][place] for place in sheet) for sheet in data["sheets"])
    assert named == key.sheets


def test_the_page_holds_no_inline_code_and_no_foreign_address(tmp_path: Path) -> None:
    tiny_study(tmp_path / "study")
    public = tmp_path / "study" / PUBLIC
    html = (public / "index.html").read_text()
    assert re.findall(r"<script([^>]*)>([^<]*)<", html) == [
        (' src="study-data.js" defer', ""),
        (' src="study.js" defer', ""),
    ]
    assert not re.search(r"\son\w+=|style=|javascript:", html)
    for name in ("index.html", "study.css", "study.js"):
        assert "//" not in re.sub(r"^\s*//.*$", "", (public / name).read_text(), flags=re.M)


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ({"checks": 3}, "come in pairs"),
        ({"checks": -2}, "come in pairs"),
        ({"most_missed_checks": -1}, "may be missed"),
        ({"votes": 0}, "at least one vote"),
        ({"consent": ()}, "consent text is empty"),
        ({"return_link": "javascript:alert(1)"}, "https://"),
    ],
)
def test_plans_that_cannot_be_held(plan: dict[str, Any], sentence: str) -> None:
    with pytest.raises(StudyError, match=sentence):
        StudyPlan(**plan)
