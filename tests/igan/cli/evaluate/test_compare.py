import json
from pathlib import Path

import pytest

from igan.cli.evaluate.all import evaluate_all
from igan.cli.main import main
from tests.bundles import tiny_bundle
from tests.igan.evaluation.suite.trained import photo_store

MEASURED = ["--scale", "0.04", "--parts", "neighbours"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photo_store(tmp_path_factory.mktemp("data"))


def test_a_bundle_beside_an_evaluation(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other = (tiny_bundle(tmp_path / f"{seed}", name=f"m{seed}", seed=seed) for seed in (0, 1))
    evaluate_all(one, store, tmp_path / "first", names=["neighbours"], scale=0.04)
    command = ["evaluate", "compare", str(tmp_path / "first"), str(other), *MEASURED]
    out = tmp_path / "out"
    assert main([*command, "--out", str(out)]) == 2
    assert "give --photos STORE" in capsys.readouterr().err
    assert not out.exists()
    assert main([*command, "--out", str(out), "--photos", str(store)]) == 0
    document = json.loads((out / "comparison.json").read_text())
    assert (document["a"]["name"], document["b"]["name"]) == ("m0", "m1")
    assert len(document["figures"]) == 3
    printed = capsys.readouterr().out
    assert all(row["a"]["name"] in printed for row in document["figures"])
    assert (out / "B" / "neighbours" / "sheet.png").is_file()
    assert not (out / "A").exists()
    assert {"comparison.md", "report.html"} <= {path.name for path in out.iterdir()}
