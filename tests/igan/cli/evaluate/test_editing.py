import json
from pathlib import Path

import pytest

from igan.cli.evaluate.editing import evaluate_editing, table
from igan.cli.main import main
from tests.bundles import tiny_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path / "bundle", features=None, projector=False)


def test_writes_figures_a_page_and_a_sheet(bundle: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    document = evaluate_editing(
        bundle, out, goals=2, searched=1, drags=0, starts=3, steps=6, smoothness=[0.0, 5.0]
    )
    assert document == json.loads((out / "editing.json").read_text())
    assert {file.name for file in out.iterdir()} == {"editing.json", "report.html", "sheet.png"}
    kinds = [(row["starts"], row["smoothness"], row["goals"]) for row in document["colours"]]
    assert kinds == [(1, 0.0, 2), (1, 5.0, 2), (3, 0.0, 1)]
    for row in document["colours"]:
        assert row["at_steps"] == [0, 5, 6]
        assert row["met"][0] == 0
        assert row["largest_change"] <= 0.04 + 1e-6
    lines = table(document).splitlines()
    assert sum(line.lstrip().startswith(("1 start", "3 starts")) for line in lines) == 3


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--goals", "0"], "--goals, --starts and --steps must be at least 1"),
        (["--goals", "5", "--searched", "6"], "from 0 to the number of goals"),
        (["--smoothness", "nan"], "must be finite"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    bundle: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    sentence: str,
) -> None:
    out = tmp_path / "out"
    assert main(["evaluate", "editing", str(bundle), "--out", str(out), *options]) == 2
    assert sentence in capsys.readouterr().err
    assert not out.exists()
