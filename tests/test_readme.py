"""What the README says is true: its commands parse, its scripts are read, its files are there."""

import argparse
import importlib
import json
import re
import shlex
from pathlib import Path

import pytest

from igan.cli.main import COMMANDS
from serve.latent import edit_from_json

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    lines = [
        line.partition("#")[0].strip() for block in blocks("bash") for line in block.split("\n")
    ]
    return [line for line in lines if line]


@pytest.mark.parametrize("line", [line for line in commands() if line.startswith("igan ")])
def test_commands_parse(line: str) -> None:
    name, *arguments = shlex.split(line)[1:]
    assert name in COMMANDS
    module = importlib.import_module(f"igan.cli.{name}")
    parser = argparse.ArgumentParser(exit_on_error=False)
    module.add_arguments(parser)
    _, unknown = parser.parse_known_args(arguments)
    assert getattr(module, "TAKES_OVERRIDES", False) or not unknown


def test_every_other_command_is_a_verb_of_the_makefile() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    others = [line for line in commands() if not line.startswith("igan ")]
    assert others
    for line in others:
        assert line.split()[0] == "make"
        assert set(line.split()[1:]) <= verbs


def test_the_script_is_an_edit() -> None:
    (script,) = blocks("json")
    assert len(edit_from_json(json.loads(script)).constraints) == 1


def test_the_python_example_compiles() -> None:
    (example,) = blocks("python")
    compile(example, "README.md", "exec")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_the_map_names_every_room() -> None:
    rooms = {
        f"{package}/{folder.parent.name}"
        for package in ("igan", "serve")
        for folder in (ROOT / package).glob("*/__init__.py")
    }
    assert {room for room in rooms if f"| `{room}` |" not in README} == set()
