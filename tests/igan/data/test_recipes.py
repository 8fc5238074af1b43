from pathlib import Path

import pytest

from igan.data.preparing import PictureSettings
from igan.data.recipes import Recipe, read_recipe
from igan.data.sources import SourceOptions
from igan.errors import ConfigError

WHOLE = """
kind: places
licence: >-
  for research
  only
expected_count: 1000
count_tolerance: 0.05
options:
  categories: [outdoor-natural, sky]
pictures:
  size: 128
  fit: pad
encoding: png
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_recipe_is_read_whole(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, WHOLE))
    assert recipe == Recipe(
        kind="places",
        licence="for research only",
        expected_count=1000,
        count_tolerance=0.05,
        options=SourceOptions(categories=("outdoor-natural", "sky")),
        pictures=PictureSettings(128, fit="pad"),
        encoding="png",
    )
    assert recipe.arguments() == {
        "kind": "places",
        "licence": "for research only",
        "encoding": "png",
        "size": 128,
        "channels": 3,
        "fit": "pad",
        "anchor": "centre",
        "trim": False,
        "categories": ("outdoor-natural", "sky"),
    }


def test_three_keys_are_enough(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path, "kind: zip\nlicence: CC0\nexpected_count: 3"))
    assert (recipe.pictures.size, recipe.encoding, recipe.options.given()) == (64, "raw", ())


@pytest.mark.parametrize(
    ("count", "is_problem"),
    [(949, True), (950, False), (1000, False), (1050, False), (1051, True), (0, True)],
)
def test_a_count_outside_the_tolerance_is_told(
    tmp_path: Path, count: int, is_problem: bool
) -> None:
    problem = read_recipe(written(tmp_path, WHOLE)).count_problem(count)
    assert (problem is not None) == is_problem
    if problem is not None:
        assert f"{count:,} photos could be read where about 1,000 are expected" in problem


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("kind: places", "kind: jpeg", "kind 'jpeg'; it must be one of amazon, folder"),
        ("kind: places", "king: places", "the key king, which a recipe does not know"),
        ("kind: places", "", "lacks kind"),
        ("expected_count: 1000", "expected_count: many", "is no number"),
        ("expected_count: 1000", "expected_count: -3", "is no number"),
        ("[outdoor-natural, sky]", "sky", "options.categories that are no list"),
        ("categories:", "category:", "the key options.category, which"),
        ("  fit: pad", "  fitt: pad", "the key pictures.fitt, which"),
        ("  fit: pad", "  fit: tight", "'tight' is unknown"),
        ("  size: 128", "  size: 1", "1 pixels"),
        ("  size: 128", "  size: big", "pictures.size 'big'; it must be a whole number"),
        ("  size: 128", "  size: true", "pictures.size True; it must be a whole number"),
        ("  size: 128", "  trim: 1", "pictures.trim 1; it must be true or false"),
        ("pictures:", "  query: 5\npictures:", "options.query 5; it must be text"),
        ("pictures:", "  half: middle\npictures:", "half 'middle'; it must be one of left"),
        ("encoding: png", "encoding: bmp", "encoding 'bmp'; it must be one of raw"),
        ("encoding: png", "options: [a]", "no keys under options"),
        ("kind: places", "kind: [", "cannot be read as a recipe"),
    ],
)
def test_a_faulty_recipe_is_refused(tmp_path: Path, was: str, becomes: str, message: str) -> None:
    assert was in WHOLE
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        read_recipe(written(tmp_path, WHOLE.replace(was, becomes)))


def test_what_is_no_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read as a recipe"):
        read_recipe(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="is no recipe"):
        read_recipe(written(tmp_path, "just words"))
