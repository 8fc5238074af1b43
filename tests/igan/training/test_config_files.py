from pathlib import Path

import pytest

from igan.errors import ConfigError
from igan.training.config_files import config_chain, configs_folder, find_config


def test_a_path_wins_and_a_bare_name_finds_what_ships(tmp_path: Path) -> None:
    own = tmp_path / "small64.yaml"
    own.touch()
    assert find_config("gan", str(own)) == own
    assert find_config("gan", "small64") == configs_folder() / "gan" / "small64.yaml"


def test_an_unknown_name_lists_what_ships() -> None:
    with pytest.raises(
        ConfigError, match=r"no configuration smal64; shipped for gan are: .*small64"
    ):
        find_config("gan", "smal64")


def test_a_configuration_is_read_after_those_it_stands_on(tmp_path: Path) -> None:
    own, between = tmp_path / "own.yaml", tmp_path / "between.yaml"
    own.write_text("base: between.yaml\n")
    between.write_text("base: paper64\nmodel: {}\n")
    assert config_chain("gan", str(own)) == [find_config("gan", "paper64"), between, own]
    assert config_chain("gan", "paper64") == [find_config("gan", "paper64")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("base: own.yaml", "stands on itself"),
        ("base: papper64", "no configuration papper64"),
        ("base: [paper64]", "must name one"),
        ("base: {", "is not YAML"),
    ],
)
def test_an_unusable_base_is_one_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "own.yaml").write_text(content)
    with pytest.raises(ConfigError, match=sentence):
        config_chain("gan", str(tmp_path / "own.yaml"))
