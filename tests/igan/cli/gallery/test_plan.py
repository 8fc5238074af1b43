import json
from pathlib import Path
from typing import Any

import pytest

from igan.cli.gallery.plan import plan_of_bundle, plan_of_category, read_plans
from igan.errors import BadInputError
from serve.latent.edit import read_edit
from serve.photo.photo import read_photo
from tests.samples import PLAN, sample_folder

TRACKED = Path(__file__).parents[4] / "data" / "samples"


def test_a_plan_knows_the_samples_of_its_category(tmp_path: Path) -> None:
    folder = sample_folder(tmp_path / "samples")
    (plan,) = read_plans(folder)
    assert plan.photos == [folder / "disc.png", folder / "ring.png"]
    assert plan_of_bundle([plan], "shoes") is plan
    assert plan_of_bundle([plan], "hats") is None
    assert plan_of_category([plan], "shoes") is plan
    with pytest.raises(BadInputError, match="nothing is planned for 'hats', but for shoes"):
        plan_of_category([plan], "hats")


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        (
            "edits",
            [{"title": "A", "sample": "hill", "script": "disc-red.json"}],
            "no sample 'hill'",
        ),
        ("edits", [{"title": "A", "sample": "disc", "script": "none.json"}], "no script"),
        ("transformations", [{"sample": "disc", "like": "hill"}], "no sample 'hill'"),
        ("transformations", [{"sample": "disc"}], "'like' is missing"),
        ("more", 1, "unknown key 'more'"),
        ("edits", 3, "'edits' must be a list"),
    ],
)
def test_what_is_wrong_with_a_plan_is_told(
    key: str, value: Any, sentence: str, tmp_path: Path
) -> None:
    folder = sample_folder(tmp_path / "samples")
    (folder / "gallery.json").write_text(json.dumps([{**PLAN[0], key: value}]))
    with pytest.raises(BadInputError, match=sentence):
        read_plans(folder)


def test_a_plan_that_is_none(tmp_path: Path) -> None:
    folder = sample_folder(tmp_path / "samples")
    (folder / "gallery.json").write_text("{")
    with pytest.raises(BadInputError, match=r"gallery\.json is no plan"):
        read_plans(folder)
    (folder / "gallery.json").unlink()
    with pytest.raises(BadInputError, match=r"gallery\.json cannot be read"):
        read_plans(folder)


def test_the_tracked_scripts_are_edits_of_the_samples_that_they_are_planned_for() -> None:
    plans = read_plans(TRACKED)
    categories = {plan.category for plan in plans}
    assert categories == {"shoes", "outdoor", "handbags", "shirts", "sketch-shoes"}
    planned = {edit.script.name for plan in plans for edit in plan.edits}
    for plan in plans:
        brushes = set()
        for edit in plan.edits:
            photo = read_photo(edit.photo)
            inset_px = (photo.width_px - photo.height_px) / 2
            for stroke in read_edit(edit.script).constraints:
                document = stroke.to_json()
                brushes.add(document["brush"])
                for x, y in document.get("points") or document["outline"]:
                    assert inset_px <= x <= photo.width_px - inset_px
                    assert 0 <= y <= photo.height_px
        drawings = plan.category == "sketch-shoes"
        assert brushes == ({"sketch"} if drawings else {"colour", "sketch", "patch"})
    lists = {"samples.json", "gallery.json"}
    assert planned == {file.name for file in TRACKED.glob("*.json")} - lists
