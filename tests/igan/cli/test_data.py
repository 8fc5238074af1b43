from pathlib import Path

import cv2
import numpy as np
import pytest

from igan.cli.main import main
from igan.data.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Path:
    out = tmp_path / "rendered.lmdb"
    assert main(["data", "render", "--count", "20", "--size", "16", "--out", str(out)]) == 0
    return out


def test_photos_go_in_and_are_told_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos" / "test").mkdir(parents=True)
    for number in range(5):
        noise = np.random.default_rng(number).integers(0, 255, (20, 30, 3), np.uint8)
        folder = tmp_path / "photos" / ("test" if number == 4 else "")
        assert cv2.imwrite(str(folder / f"{number}.png"), noise)
    (tmp_path / "photos" / "bad.jpg").write_text("text")
    out = tmp_path / "photos.lmdb"
    command = ["data", "import", str(tmp_path / "photos"), "--out", str(out), "--size", "16"]
    assert main([*command, "--fit", "whole", "--encoding", "png", "--licence", "CC0"]) == 0
    said = capsys.readouterr().out
    assert "5 photos" in said
    assert "1 unreadable files and 0 exact duplicates" in said

    assert main(["data", "info", str(out), "--verify"]) == 0
    said = capsys.readouterr().out
    assert "5 of 16x16x3, png" in said
    assert "photos (folder), CC0" in said
    assert f"{Store(out).digest} (verified)" in said


def test_a_sheet_shows_the_store(store: Path, tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    command = ["data", "sheet", str(store), "--out", str(out), "--count", "6", "--columns", "3"]
    assert main(command) == 0
    sheet = cv2.imread(str(out))
    assert sheet.shape[1] > sheet.shape[0] > 2 * 16
    assert sheet.std() > 5


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("data import {empty} --out {new}", "holds no photos"),
        ("data import {none} --out {new}", "does not exist"),
        ("data import {empty} --out {new} --size 3", "3 pixels"),
        ("data render --count 0 --out {new}", "cannot be drawn"),
        ("data render --count 5 --out {store}", "exists already"),
        ("data info {none}", "does not exist"),
        ("data info {empty}", "not a photo store"),
        ("data sheet {store} --out {store}", "exists already"),
        ("data sheet {store} --out {new}.png --count 0", "at least one"),
    ],
)
def test_bad_input_is_one_sentence(
    store: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    sentence: str,
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    capsys.readouterr()
    places = {"empty": empty, "none": tmp_path / "none", "new": tmp_path / "new", "store": store}
    assert main(command.format(**places).split()) == 2
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_store_that_was_cut_off_is_one_sentence(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_file = store / "data.mdb"
    data_file.write_bytes(data_file.read_bytes()[:-4096])
    capsys.readouterr()
    assert main(["data", "info", str(store)]) == 2
    assert "cut off" in capsys.readouterr().err


@pytest.mark.parametrize("action", ["import", "render", "info", "sheet"])
def test_help_teaches_by_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["data", action, "--help"])
    assert stop.value.code == 0
    assert f"igan data {action}" in capsys.readouterr().out.split("example:")[1]
