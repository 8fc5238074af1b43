from pathlib import Path

import pytest

from igan.errors import ConfigError
from igan.training.config_files import configs_folder, find_config


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
