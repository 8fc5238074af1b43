"""What data/README.md says is true: its commands parse, and its table is that of the recipes."""

import argparse
import re
import shlex
from pathlib import Path

import pytest

from igan.cli import data
from igan.cli.data.recipe import follow_recipe
from igan.data.recipes import read_recipe
from igan.data.sources import SOURCE_KINDS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "data/README.md").read_text(encoding="utf-8")
RECIPES = sorted((ROOT / "configs/data").glob("*.yaml"))
COMMAND = re.compile(r"^(?:#\s+)?(igan data .*)$", re.MULTILINE)


def commands(text: str) -> list[str]:
    return COMMAND.findall(text)


@pytest.mark.parametrize(
    "line", [*commands(PAGE), *(line for path in RECIPES for line in commands(path.read_text()))]
)
def test_commands_parse_and_their_recipes_are_read(line: str) -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    data.add_arguments(parser)
    arguments = parser.parse_args(shlex.split(line)[2:])
    recipe = follow_recipe(arguments)
    assert (recipe is None) == (arguments.config is None)
    assert arguments.kind in (None, *SOURCE_KINDS)


def test_every_recipe_says_its_command_and_stands_in_the_table() -> None:
    assert {path.stem for path in RECIPES} >= {"shoes", "church", "outdoor", "handbags", "shirts"}
    for path in RECIPES:
        (command,) = commands(path.read_text(encoding="utf-8"))
        assert f"--config {path.stem} " in command
        recipe = read_recipe(path)
        assert re.search(rf"^\| `{path.stem}` \| .*{recipe.expected_count:,} \|", PAGE, re.M)


def test_every_kind_of_source_stands_in_the_tables() -> None:
    listed = re.findall(r"^\| ((?:`[a-z0-9]+`(?:, )?)+) \|", PAGE, re.MULTILINE)
    kinds = {kind for cell in listed for kind in re.findall(r"`([a-z0-9]+)`", cell)}
    assert set(SOURCE_KINDS) <= kinds


def test_links_lead_to_files() -> None:
    targets = re.findall(r"\]\(((?!http)[^)#]+)\)", PAGE)
    assert targets
    assert [target for target in targets if not (ROOT / "data" / target).exists()] == []
