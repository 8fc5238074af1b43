from pathlib import Path

import pytest

from igan.cli.main import main
from igan.data.store import Store
from tests.igan.data.conftest import write_photo_file


@pytest.fixture
def zappos(tmp_path: Path) -> Path:
    """Three photos where UT Zappos50K has 50,025."""
    for seed, name in enumerate(
        ("Boots/Ankle/A/1.2.jpg", "Shoes/Flats/B/3.4.jpg", "Shoes/Flats/B/5.jpg")
    ):
        write_photo_file(tmp_path / "ut-zap50k-images" / name, seed)
    return tmp_path / "ut-zap50k-images"


def test_a_recipe_gives_what_is_left_unsaid(
    zappos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shoes.lmdb"
    assert main(["data", "import", str(zappos), "--config", "shoes", "--out", str(out)]) == 0
    meta = Store(out).meta
    assert (meta.count, meta.size, meta.fit, meta.sources[0].kind) == (3, 64, "pad", "zappos")
    assert meta.sources[0].licence.startswith("UT Zappos50K: for academic")
    told = capsys.readouterr().out
    assert "warning: 3 photos could be read where 50,025 are expected" in told


def test_the_command_line_has_the_last_word(zappos: Path, tmp_path: Path) -> None:
    out = tmp_path / "flats.lmdb"
    said = ["--size", "32", "--fit", "crop", "--category", "Shoes", "--licence", "mine"]
    assert main(["data", "import", str(zappos), "--config", "shoes", "--out", str(out), *said]) == 0
    meta = Store(out).meta
    assert (meta.count, meta.size, meta.fit, meta.sources[0].licence) == (2, 32, "crop", "mine")


def test_an_unknown_recipe_is_refused(
    zappos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "socks.lmdb"
    assert main(["data", "import", str(zappos), "--config", "socks", "--out", str(out)]) == 2
    assert "shipped for data are: church, handbags" in capsys.readouterr().err
    assert not out.exists()
