import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import pytest

from igan.cli.data import import_photos
from igan.cli.data.import_options import ANCHORS, FITS, PICTURE_SETTINGS, SOURCE_OPTIONS
from igan.cli.main import main
from igan.data import preparing, store_writer
from igan.data.import_engine import ImportProgress
from igan.data.preparing import PictureSettings
from igan.data.sources import SourceOptions
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
    assert main([*command, "--fit", "pad", "--encoding", "png", "--licence", "CC0"]) == 0
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


def write_photos(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 255, (20, 30, 3), np.uint8)
        assert cv2.imwrite(str(folder / f"{number}.png"), noise)
    return folder


def test_a_store_grows_and_its_labels_are_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_photos(tmp_path / "first" / "boots", 3)
    write_photos(tmp_path / "more" / "hats", 5)
    out = str(tmp_path / "out.lmdb")
    assert main(["data", "import", str(tmp_path / "first"), "--out", out, "--size", "16"]) == 0
    command = ["data", "import", str(tmp_path / "more"), "--append", "--out", out]
    assert main([*command, "--size", "32"]) == 2
    assert "was begun with size 16, not 32" in capsys.readouterr().err
    assert main(command) == 0
    assert "2 photos were added to 3" in capsys.readouterr().out
    assert main(["data", "info", out, "--labels"]) == 0
    said = capsys.readouterr().out
    assert "boots: 3\n" in said
    assert "hats: 2\n" in said
    assert "2 of 5 files, 0 unreadable, 3 duplicates\n" in said


def test_an_interrupted_import_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = write_photos(tmp_path / "photos", 6)
    out = str(tmp_path / "out.lmdb")
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 2)
    with monkeypatch.context() as patch:
        patch.setattr(import_photos, "_shown_on", interrupting_after_4)
        assert main(["data", "import", str(photos), "--out", out, "--size", "16"]) == 130
    assert f"go on with `igan data import --resume --out {out}`" in capsys.readouterr().err
    resume = ["data", "import", "--resume", "--out", out]
    assert main([*resume, "--fit", "pad"]) == 2
    assert "was begun with fit crop, not pad" in capsys.readouterr().err
    assert main([*resume, "--size", "16"]) == 0
    assert "6 photos" in capsys.readouterr().out
    assert main(resume) == 0
    assert "6 photos" in capsys.readouterr().out


def interrupting_after_4(bar: object) -> Callable[[ImportProgress], None]:
    def show(progress: ImportProgress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    return show


def test_shards_are_merged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photos = str(write_photos(tmp_path / "photos", 7))
    whole = str(tmp_path / "whole.lmdb")
    assert main(["data", "import", photos, "--out", whole, "--size", "16"]) == 0
    shards = [str(tmp_path / f"{number}.lmdb") for number in (1, 2)]
    for number, shard in enumerate(shards, start=1):
        command = ["data", "import", photos, "--out", shard, "--size", "16"]
        assert main([*command, "--shard", f"{number}/2"]) == 0
    merged = str(tmp_path / "merged.lmdb")
    assert main(["data", "merge", *shards, "--out", merged]) == 0
    assert f"digest {Store(whole).digest}" in capsys.readouterr().out
    assert main(["data", "info", shards[1]]) == 0
    assert "3 of 3 files (shard 2/2)" in capsys.readouterr().out


def test_the_choices_of_a_source_are_the_importers() -> None:
    assert set(SOURCE_OPTIONS) == {option.name for option in fields(SourceOptions)}
    assert {"encoding", *(setting.name for setting in fields(PictureSettings))} == set(
        PICTURE_SETTINGS
    )
    assert (FITS, ANCHORS) == (preparing.FITS, preparing.ANCHORS)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("data import {empty} --out {new}", "holds no photos"),
        ("data import {none} --out {new}", "does not exist"),
        ("data import {empty} --out {new} --size 3", "3 pixels"),
        ("data import --out {new}", "no photos are named"),
        ("data import --resume --out {new}", "no photos are named"),
        ("data import {empty} --out {new} --source lzma", "lzma"),
        ("data import {empty} --out {new} --shard 3/2", "no shard 3/2"),
        ("data import {empty} --out {new} --workers 0", "0 workers"),
        ("data import {empty} --out {none} --append", "does not exist"),
        ("data merge {store} --out {new}", "not one shard"),
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


@pytest.mark.parametrize("action", ["import", "merge", "render", "info", "report", "sheet"])
def test_help_teaches_by_example(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["data", action, "--help"])
    assert stop.value.code == 0
    _, examples = re.split("examples?:", capsys.readouterr().out)
    assert f"igan data {action}" in examples
