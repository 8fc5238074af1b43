from pathlib import Path

import pytest

from igan.cli.main import main
from serve.bundle import read_manifest
from serve.photo.photo import read_photo
from tests.bundles import tiny_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path / "tiny")


def test_directions_are_shown_and_named(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet, named = tmp_path / "sheet.png", tmp_path / "named"
    assert main(["directions", "show", str(bundle), "--count", "3", "--out", str(sheet)]) == 0
    assert read_photo(sheet).height_px > 3 * 96
    arguments = ["directions", "name", str(bundle), "2=wide to narrow", "--out", str(named)]
    assert main(arguments) == 0
    assert read_manifest(named).digest[:12] in capsys.readouterr().out
    assert main(["bundle", "info", str(named)]) == 0
    assert "2: wide to narrow" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["2", "two=wide", "=wide", "99=far"])
def test_names_that_cannot_be_given(
    name: str, bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["directions", "name", str(bundle), name, "--out", str(tmp_path / "named")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "named").exists()
