import json
from pathlib import Path

import pytest

from igan.cli.evaluate.reconstruction import evaluate_reconstruction, table
from igan.cli.main import main
from igan.errors import BadInputError, StoreError
from tests.bundles import tiny_bundle
from tests.resealing import resealed
from tests.stores import tiny_store


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def test_the_table_and_its_files(bundle: Path, tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store.lmdb", count=12, size=32)
    found = evaluate_reconstruction(bundle, store, tmp_path / "out", count=2, iterations=5)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "sheet.png",
        "reconstruction.json",
        "reconstruction.md",
        "report.html",
    }
    document = json.loads((tmp_path / "out" / "reconstruction.json").read_text())
    (row,) = found
    assert document["photos"] == 2
    assert document["others"] == []
    figures = row.comparison.figures
    assert [entry["loss"] for entry in document["methods"]] == [row.loss for row in figures]
    assert {entry["to"] for entry in document["ratios"]} == {"network", "optimisation"}
    text = (tmp_path / "out" / "reconstruction.md").read_text()
    for method in figures:
        assert f"{method.loss:.4f}" in table(found)
        assert f"| {method.label} | {method.loss:.4f} |" in text


def test_several_models_and_stores_are_one_table(bundle: Path, tmp_path: Path) -> None:
    other = resealed(bundle, tmp_path / "other", lambda document: document.update(name="other"))
    stores = [
        tiny_store(tmp_path / f"{name}.lmdb", count=count, size=32)
        for name, count in (("mine", 180), ("theirs", 8))
    ]
    out = tmp_path / "out"
    command = ["evaluate", "reconstruction", str(bundle), str(stores[0]), "--out", str(out)]
    command += ["--against", str(other), "--also", str(stores[1]), "--keep-near-duplicates"]
    assert main([*command, "--iterations", "1", "--count", "45"]) == 0
    document = json.loads((out / "reconstruction.json").read_text())
    measured = [document, *document["others"]]
    assert [(row["bundle"]["name"], row["store"]["name"], row["photos"]) for row in measured] == [
        ("tiny", "mine.lmdb", 45),
        ("other", "mine.lmdb", 45),
        ("tiny", "theirs.lmdb", 2),
        ("other", "theirs.lmdb", 2),
    ]
    assert set(document["false_alarms"]) == {"tiny", "other"}
    assert [row["store"] for row in document["told_apart"]] == ["theirs.lmdb"] * 2
    assert all(0 <= row["roc_auc"] <= 1 for row in document["told_apart"])
    assert {path.name for path in out.glob("sheet*.png")} == {
        "sheet.png",
        "sheet-2.png",
        "sheet-3.png",
        "sheet-4.png",
    }
    assert len((out / "reconstruction.md").read_text().split("\n| ")) == 1 + 1 + 4 * 3


def test_unusable_counts_and_stores(bundle: Path, tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store.lmdb", count=1, size=32)
    with pytest.raises(BadInputError, match="at least 1"):
        evaluate_reconstruction(bundle, store, tmp_path / "out", count=0)
    small = tiny_store(tmp_path / "small.lmdb", count=4, size=16)
    with pytest.raises(StoreError, match="16x16x3"):
        evaluate_reconstruction(bundle, small, tmp_path / "out", count=2)
    assert not (tmp_path / "out").exists()
