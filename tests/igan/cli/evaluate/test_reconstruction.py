import json
from pathlib import Path

import pytest

from igan.cli.evaluate.reconstruction import evaluate_reconstruction, table
from igan.errors import BadInputError
from tests.bundles import tiny_bundle
from tests.stores import tiny_store


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def test_the_table_and_its_files(bundle: Path, tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store.lmdb", count=12, size=32)
    figures = evaluate_reconstruction(bundle, store, tmp_path / "out", count=2, iterations=5)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "sheet.png",
        "reconstruction.json",
    }
    document = json.loads((tmp_path / "out" / "reconstruction.json").read_text())
    assert document["photos"] == 2
    assert [row["loss"] for row in document["methods"]] == [row.loss for row in figures]
    assert all(row.method in table(figures) for row in figures)


def test_unusable_counts_and_stores(bundle: Path, tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store.lmdb", count=1, size=32)
    with pytest.raises(BadInputError, match="at least 1"):
        evaluate_reconstruction(bundle, store, tmp_path / "out", count=0)
    assert not (tmp_path / "out").exists()
