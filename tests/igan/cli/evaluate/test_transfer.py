import json
from pathlib import Path

import numpy as np
import pytest

from igan.cli.evaluate.transfer import evaluate_transfer, table
from igan.cli.main import main
from igan.errors import BadInputError
from serve.photo.photo import Photo, write_photo
from tests.bundles import tiny_bundle
from tests.serve.transfer.planted import texture, to_pixels


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    for seed in range(3):
        y, x = np.mgrid[:72, :64] + 0.5
        write_photo(Photo(to_pixels(texture(seed)(x, y))), tmp_path / "photos" / f"{seed}.png")
    (tmp_path / "photos" / "notes.txt").write_text("no photo")
    return tmp_path / "photos"


def test_the_files_and_the_table(bundle: Path, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    document = evaluate_transfer(bundle, photos, out, count=3, iterations=3)
    assert {path.name for path in out.iterdir()} == {
        "transfer.json",
        "transfer.md",
        "sheet.png",
        "report.html",
        "photos",
    }
    assert json.loads((out / "transfer.json").read_text()) == document
    rows = document["photos"]
    assert [row["file"] for row in rows] == ["0.png", "1.png", "2.png"]
    assert [row["kind"] for row in rows] == ["stroke", "walk", "stroke"]
    shapes = [row["texture_shape"] for row in rows]
    assert document["medians"]["texture_shape"] == np.median(shapes)
    assert all(row["file"] in table(document) for row in rows)
    assert "| 1.png | walk |" in (out / "transfer.md").read_text()
    assert {path.name for path in (out / "photos").iterdir()} == {
        f"{seed}-edited.png" for seed in range(3)
    }


def test_bad_input(
    bundle: Path, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadInputError, match="at least 2"):
        evaluate_transfer(bundle, photos, tmp_path / "out", count=1)
    with pytest.raises(BadInputError, match="fewer than two photos"):
        evaluate_transfer(bundle, tmp_path, tmp_path / "out")
    nowhere = str(tmp_path / "nowhere")
    assert main(["evaluate", "transfer", str(bundle), nowhere, "--out", str(tmp_path / "out")]) == 2
    assert "is not a folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
