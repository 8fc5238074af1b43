import json
from pathlib import Path

import numpy as np
import pytest

from igan.cli.evaluate.realism import evaluate_realism, table
from igan.errors import BadInputError
from igan.evaluation.realism_figures import TRAINING_PHOTOS
from tests.bundles import tiny_bundle
from tests.stores import tiny_store


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_store(tmp_path_factory.mktemp("data") / "store.lmdb", count=240, size=32)


def test_a_random_network_is_far_from_photos_and_photos_are_near(
    bundle: Path, store: Path, tmp_path: Path
) -> None:
    figures = evaluate_realism([bundle], store, tmp_path / "out", count=100)
    by_source = {(row.source, row.space): row for row in figures}
    for space in ("alexnet", "hog-colour"):
        drawn, trained = by_source[str(bundle), space], by_source[TRAINING_PHOTOS, space]
        assert drawn.kid_interval[0] > trained.kid_interval[1]
        assert drawn.fid > 0
        assert trained.fid is None
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "sheet.png",
        "realism.json",
        "report.html",
    }
    document = json.loads((tmp_path / "out" / "realism.json").read_text())
    assert [row["kid"] for row in document["figures"]] == [row.kid for row in figures]
    assert document["held_out_photos"] + document["copies_of_training_photos_left_out"] <= 60
    assert all(row.source in table(figures) for row in figures)


def test_bad_input_is_said(bundle: Path, store: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="at least 100"):
        evaluate_realism([bundle], store, tmp_path / "out", count=99)
    small = tiny_store(tmp_path / "small.lmdb", count=60, size=16)
    with pytest.raises(BadInputError, match="draws pictures of 32x32x3"):
        evaluate_realism([bundle], small, tmp_path / "out", count=100)
    assert not (tmp_path / "out").exists()


def test_the_half_that_runs_watch_is_left_out(store: Path) -> None:
    from igan.data.store import Store
    from igan.evaluation.watched_photos import watched_photos

    opened = Store(store)
    held_out = opened.indices_of("test")
    watched = watched_photos(opened)
    assert len(watched) == len(held_out) // 2
    assert np.isin(watched, held_out).all()
