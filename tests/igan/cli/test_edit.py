import json
from pathlib import Path

import numpy as np
import pytest

from igan.cli.edit import edit_file
from igan.cli.main import main
from serve.errors import EditError
from serve.photo.photo import Photo, read_photo, write_photo
from tests.bundles import tiny_bundle

SCRIPT = {
    "version": 1,
    "settings": {
        "method": "optimisation",
        "iterations": 5,
        "steps": 20,
        "frames": 3,
        "smoothness_weight": 0,
    },
    "constraints": [
        {"brush": "colour", "points": [[10, 40], [80, 80]], "colour": [250, 10, 10], "width_px": 60}
    ],
}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bundle(tmp_path_factory.mktemp("bundle") / "tiny")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    ramp = np.add.outer(np.arange(120), np.arange(90)).astype(np.uint8)
    write_photo(Photo(np.repeat(ramp[..., None], 3, axis=2)), tmp_path / "photo.png")
    return tmp_path / "photo.png"


def written(script: dict, folder: Path) -> Path:
    path = folder / "script.json"
    path.write_text(json.dumps(script))
    return path


@pytest.fixture
def results(bundle: Path, photo: Path, tmp_path: Path) -> Path:
    edit_file(bundle, photo, written(SCRIPT, tmp_path), tmp_path / "out")
    return tmp_path / "out"


def test_everything_is_written(results: Path, photo: Path) -> None:
    names = {path.name for path in results.iterdir()}
    assert names == {
        "photo-edited.png",
        "mask.png",
        "edit.json",
        "sheet.png",
        "path.webm",
        "path.gif",
        "figures.json",
        "report.html",
    }
    figures = json.loads((results / "figures.json").read_text())
    assert set(figures["seconds"]) == {"project and edit", "estimate flow", "apply to photo"}
    assert figures["objective"]["total"] > 0


def test_only_the_frame_changes_and_the_size_stays(results: Path, photo: Path) -> None:
    before, after = read_photo(photo), read_photo(results / "photo-edited.png")
    assert after.pixels.shape == before.pixels.shape
    assert (after.pixels[:15] == before.pixels[:15]).all()
    assert (after.pixels[105:] == before.pixels[105:]).all()
    assert (after.pixels != before.pixels).any()


def test_the_written_edit_runs_again_to_the_same_photo(
    results: Path, bundle: Path, photo: Path, tmp_path: Path
) -> None:
    edit_file(bundle, photo, results / "edit.json", tmp_path / "again")
    again = read_photo(tmp_path / "again" / "photo-edited.png")
    np.testing.assert_array_equal(again.pixels, read_photo(results / "photo-edited.png").pixels)


def test_no_amount_is_the_photo_itself(bundle: Path, photo: Path, tmp_path: Path) -> None:
    edit_file(bundle, photo, written(SCRIPT, tmp_path), tmp_path / "out", amount=0.0)
    edited = read_photo(tmp_path / "out" / "photo-edited.png")
    np.testing.assert_array_equal(edited.pixels, read_photo(photo).pixels)


def test_a_sequence_and_chosen_films(bundle: Path, photo: Path, tmp_path: Path) -> None:
    script = written(SCRIPT, tmp_path)
    edit_file(bundle, photo, script, tmp_path / "out", sequence=2, films=("mp4",))
    names = [f"photo-{step:03d}.png" for step in range(3)]
    assert sorted(path.name for path in (tmp_path / "out" / "sequence").iterdir()) == names
    first, middle, last = (
        read_photo(tmp_path / "out" / "sequence" / name).pixels.astype(int) for name in names
    )
    assert (tmp_path / "out" / "sequence" / names[0]).read_bytes() == photo.read_bytes()
    edited = read_photo(tmp_path / "out" / "photo-edited.png").pixels
    np.testing.assert_array_equal(last, edited)
    assert 0 < np.abs(middle - first).mean() < np.abs(last - first).mean()
    films = [path.name for path in (tmp_path / "out").glob("path.*")]
    assert films == ["path.mp4"]


def test_the_mask_shows_what_changed(results: Path, photo: Path) -> None:
    before, after = read_photo(photo).pixels, read_photo(results / "photo-edited.png").pixels
    mask = read_photo(results / "mask.png").pixels[..., 0]
    assert mask.any()
    np.testing.assert_array_equal(mask == 255, (before != after).any(axis=2))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"constraints": [{"brush": "airbrush"}]}, "stroke 1: unknown brush 'airbrush'"),
        ({"bundle": {"name": "other", "digest": "0" * 64}}, "made with the bundle other"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_scripts_that_cannot_be_run(
    change: dict, sentence: str, bundle: Path, photo: Path, tmp_path: Path
) -> None:
    script = written({**SCRIPT, **change}, tmp_path)
    with pytest.raises(EditError, match=sentence):
        edit_file(bundle, photo, script, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bad_photos_and_taken_places_exit_with_2(
    bundle: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = str(written(SCRIPT, tmp_path))
    text = tmp_path / "text.jpg"
    text.write_text("no photo")
    assert main(["edit", str(bundle), str(text), "--script", script, "--out", "x"]) == 2
    assert "text.jpg" in capsys.readouterr().err
    assert main(["edit", str(bundle), str(photo), "--script", script, "--out", str(tmp_path)]) == 2
    assert "exists already" in capsys.readouterr().err
    taken = ["--out", str(tmp_path / "out"), "--amount", "2"]
    assert main(["edit", str(bundle), str(photo), "--script", script, *taken]) == 2
    assert "between 0 and 1" in capsys.readouterr().err
