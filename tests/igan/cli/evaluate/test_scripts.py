import json
from pathlib import Path

import pytest

from igan.cli.evaluate.scripts import evaluate_scripts, table
from igan.errors import BadInputError
from igan.evaluation import scripted_edits
from igan.evaluation.scripted_edits import scripts
from tests.bundles import tiny_bundle
from tests.stores import tiny_store


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


def test_edits_come_closer_to_what_was_drawn(bundle: Path, tmp_path: Path) -> None:
    store = tiny_store(tmp_path / "store.lmdb", count=24, size=32)
    out = tmp_path / "out"
    document = evaluate_scripts(bundle, store, out, count=2, method="network", steps=10)
    assert json.loads((out / "scripts.json").read_text()) == json.loads(json.dumps(document))
    rows = {row["script"]: row for row in document["scripts"]}
    assert rows.keys() == scripts(1).keys()
    for name in ("red across the middle", "blue dab and green dab"):
        error = rows[name]["measures"]["colour_error_lab"]
        assert error["after"] < error["before"]
        low, high = error["after_interval"]
        assert low <= error["after"] <= high
    assert all(row["latent_distance"] > 0 for row in rows.values())
    assert "kept_change_lab" in rows["red, the left kept"]["measures"]
    assert "hog_agreement" in rows["sketched edge"]["measures"]
    assert "handle_distance_grid_px" in rows["point dragged right"]["measures"]
    assert all(name in table(document) for name in rows)
    assert {path.name for path in out.iterdir()} == {"scripts.json", "report.html", "sheet.png"}


def test_photos_in_several_batches_are_edited_alike(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tiny_store(tmp_path / "store.lmdb", count=24, size=32)
    found = []
    for at_once in (3, 2):
        monkeypatch.setattr(scripted_edits, "PHOTOS_AT_ONCE", at_once)
        out = tmp_path / str(at_once)
        found.append(evaluate_scripts(bundle, store, out, count=3, method="network", steps=4))
    for one, other in zip(*(document["scripts"] for document in found), strict=True):
        assert one["script"] == other["script"]
        assert one["latent_distance"] == pytest.approx(other["latent_distance"], rel=1e-3)
        assert one["picture_distance"] == pytest.approx(other["picture_distance"], rel=1e-3)
        for name, measure in one["measures"].items():
            assert measure["photos"] == other["measures"][name]["photos"] == 3
            assert measure["after"] == pytest.approx(other["measures"][name]["after"], rel=1e-3)


def test_bad_input(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="at least 1"):
        evaluate_scripts(bundle, tmp_path / "nowhere", tmp_path / "out", count=0)


def test_scripts_scale_with_the_picture() -> None:
    small, large = scripts(64), scripts(128)
    for name, constraints in small.items():
        for constraint, twice in zip(constraints, large[name], strict=True):
            small_json, large_json = constraint.to_json(), twice.to_json()
            for key in ("points", "outline", "handle", "target", "width_px", "radius_px", "move"):
                if key in small_json:
                    assert large_json[key] == doubled(small_json[key])


def doubled(value: object) -> object:
    if isinstance(value, list | tuple):
        return type(value)(map(doubled, value))
    assert isinstance(value, float)
    return pytest.approx(2 * value)
