import json
from pathlib import Path

import pytest

from igan.cli.evaluate.alignment import evaluate_alignment
from igan.cli.main import main
from igan.evaluation.alignment_methods import has_deepflow
from tests.bundles import tiny_bundle


@pytest.mark.slow
def test_the_table_and_its_files(tmp_path: Path) -> None:
    rows = evaluate_alignment(tmp_path / "out", count=4, seed=3)
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        "alignment.json",
        "alignment.md",
        "sheet.png",
    }
    document = json.loads((out / "alignment.json").read_text())
    assert document["pairs"] == 4
    assert [row["end_point_error_px"] for row in document["rows"]] == [
        row.end_point_error_px for row in rows
    ]
    text = (out / "alignment.md").read_text()
    assert all(row.method in text for row in rows)
    assert ("DeepFlow did not take part" in text) != has_deepflow()


@pytest.mark.slow
def test_generated_frames(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = tiny_bundle(tmp_path / "tiny")
    command = ["evaluate", "alignment", "--count", "1", "--frames", "generated"]
    code = main([*command, "--bundle", str(bundle), "--out", str(tmp_path / "out")])
    assert code == 0
    assert "generated frames" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--frames", "generated"], "belong together"),
        (["--bundle", "somewhere"], "belong together"),
        (["--count", "0"], "at least 1"),
        (["--seed", "-1"], "at least 0"),
    ],
)
def test_what_cannot_be_measured(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "alignment", "--out", str(tmp_path / "out"), *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
