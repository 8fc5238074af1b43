import json
from pathlib import Path

import pytest

from igan.cli.evaluate.neighbours import evaluate_neighbours, table
from igan.errors import BadInputError, StoreError
from tests.bundles import tiny_bundle
from tests.stores import tiny_store


def test_random_pictures_are_farther_from_photos_than_photos_are(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny")
    store = tiny_store(tmp_path / "store.lmdb", count=80, size=32)
    document = evaluate_neighbours(bundle, store, tmp_path / "out", count=20)
    assert json.loads((tmp_path / "out" / "neighbours.json").read_text()) == json.loads(
        json.dumps(document)
    )
    figures = document["figures"]
    assert figures["samples_interval"][0] > figures["held_out_interval"][1]
    assert figures["nearer"] < 0.1
    assert f"{figures['nearer']:.4f}" in table(document)
    assert (document["samples"], document["training_photos"]) == (20, 60)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "neighbours.json",
        "report.html",
        "sheet.png",
    }


def test_bad_input(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path / "tiny")
    with pytest.raises(BadInputError, match="at least 2"):
        evaluate_neighbours(bundle, tmp_path / "nowhere", tmp_path / "out", count=1)
    other = tiny_store(tmp_path / "store.lmdb", count=8, size=16)
    with pytest.raises(StoreError, match="the model works on 32x32x3"):
        evaluate_neighbours(bundle, other, tmp_path / "out")
