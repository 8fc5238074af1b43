import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from igan.study.analysis import Analysis, analyse
from igan.study.errors import StudyError
from igan.study.figure import PLOT_HEIGHT_PX, ShareFigure
from igan.study.intervals import Estimate
from igan.study.key import StudyKey
from igan.study.kit import picture_path
from igan.study.report import table, write_report
from igan.study.simulation import Population, simulate
from serve.photo.photo import Photo, write_photo
from tests.studies import tiny_study

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def study(tmp_path: Path) -> tuple[Path, StudyKey, Analysis]:
    key = tiny_study(tmp_path / "study")
    return tmp_path / "study", key, analyse(key, simulate(key, 6, Population(), 0))


def test_bars_are_as_high_as_their_shares_and_whiskers_span_the_intervals() -> None:
    figure = ShareFigure(
        ["a", "<b>"], [Estimate(0.25, 0.2, 0.5), Estimate(1.0, 0.9, 1.0)], "votes & shares"
    )
    drawing = ET.fromstring(figure.svg())
    heights = [float(bar.attrib["height"]) for bar in drawing.iter(f"{SVG}rect")]
    assert heights == [PLOT_HEIGHT_PX * 0.25, PLOT_HEIGHT_PX]
    spans = {
        round(float(line.attrib["y1"]) - float(line.attrib["y2"]), 1)
        for line in drawing.iter(f"{SVG}line")
        if line.attrib["x1"] == line.attrib["x2"]
    }
    assert spans == {0.3 * PLOT_HEIGHT_PX, 0.1 * PLOT_HEIGHT_PX}
    assert "<b>" in [text.text for text in drawing.iter(f"{SVG}text")]


def test_the_report_says_what_the_analysis_says(
    study: tuple[Path, StudyKey, Analysis], tmp_path: Path
) -> None:
    folder, key, analysis = study
    (tmp_path / "out").mkdir()
    write_report(analysis, key, folder, tmp_path / "out")
    document = json.loads((tmp_path / "out/analysis.json").read_text())
    assert document["study"] == key.study
    page = (tmp_path / "out/report.html").read_text()
    for result in analysis.conditions:
        assert f"{result.share.value:.1%}" in page
        assert f"{result.share.value:.1%}" in table(analysis)
    assert page.count("<img") == len(analysis.picture_shares)
    ET.parse(tmp_path / "out/figure.svg")


def test_a_picture_that_is_not_the_one_that_was_judged(
    study: tuple[Path, StudyKey, Analysis], tmp_path: Path
) -> None:
    folder, key, analysis = study
    path = picture_path(folder, next(iter(analysis.picture_shares)))
    write_photo(Photo(np.zeros((48, 48, 3), np.uint8)), path)
    with pytest.raises(StudyError, match="not the picture that the study was made with"):
        write_report(analysis, key, folder, tmp_path)
    path.unlink()
    with pytest.raises(StudyError, match="cannot be read"):
        write_report(analysis, key, folder, tmp_path)
