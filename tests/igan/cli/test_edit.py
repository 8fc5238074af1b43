import json
from pathlib import Path

import numpy as np
import pytest

from igan.cli.edit import edit_file
from igan.cli.main import main
from serve.errors import EditError
from serve.latent import placing
from serve.latent.edit import edit_schema
from serve.photo.frame import PhotoFrame
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
        "metrics.json",
        "figures.json",
        "report.html",
    }
    figures = json.loads((results / "figures.json").read_text())
    assert set(figures["seconds"]) == {"find and edit", "estimate flow", "apply to photo"}
    assert figures["objective"]["total"] > 0
    metrics = json.loads((results / "metrics.json").read_text())
    (stroke,) = metrics["candidates"][0]["satisfaction"]["strokes"]
    error = stroke["colour_error_lab"]
    assert error["after"] < error["before"]
    page = (results / "report.html").read_text()
    assert "Did it do what was drawn?" in page
    assert "stroke 1 (colour): " in page


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
    begin, new = ["edit", str(bundle), str(photo)], ["--out", str(tmp_path / "out")]
    for options, sentence in (
        (["--script", script, "--amount", "3"], "between 0 and 2"),
        (["--script", script, "--candidates", "0"], "'candidates' must lie between"),
        (["--script", script, "--choose", "2"], "needs --candidates 2"),
        ([], "there is nothing to do"),
        (["--color-mask", str(photo)], "give that one too"),
        (["--color-map", str(photo)], "opaque everywhere"),
        (["--edge-map", str(tmp_path / "none.png")], "none.png is not there"),
    ):
        assert main([*begin, *options, *new]) == 2
        message = capsys.readouterr().err
        assert sentence in message
        assert message.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_candidates_are_shown_and_one_is_chosen(bundle: Path, photo: Path, tmp_path: Path) -> None:
    settings = {**SCRIPT["settings"], "starts": 4, "steps": 5}
    script = written({**SCRIPT, "settings": settings}, tmp_path)
    edit_file(bundle, photo, script, tmp_path / "out", candidates=3, choose=2, films=())
    assert (tmp_path / "out" / "candidates.png").exists()
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["chosen"] == 2
    assert [one["rank"] for one in metrics["candidates"]] == [1, 2, 3]
    edit_file(bundle, photo, script, tmp_path / "again", candidates=3, choose=2, films=())
    for name in ("photo-edited.png", "edit.json", "metrics.json", "candidates.png"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_a_frame_is_found_unless_the_script_brings_its_own(
    bundle: Path,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def searched(bundle: object, photo: Photo) -> placing.FoundFrame:
        return placing.FoundFrame(PhotoFrame.box(photo, 32, (10, 20, 60, 70)), 0.07, 9)

    monkeypatch.setattr(placing, "find_frame", searched)
    begin = ["edit", str(bundle), str(photo), "--films", "--frame", "found"]
    script = str(written(SCRIPT, tmp_path))
    assert main([*begin, "--script", script, "--out", str(tmp_path / "out")]) == 0
    assert "explains only 7% of the photo" in capsys.readouterr().out
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert figures["explained_by_found_frame"] == 0.07
    edit = json.loads((tmp_path / "out" / "edit.json").read_text())
    assert edit["frame"]["region"] == [10, 20, 60, 70]
    monkeypatch.setattr(placing, "find_frame", None)
    again = str(tmp_path / "out" / "edit.json")
    assert main([*begin, "--script", again, "--out", str(tmp_path / "again")]) == 0
    results = [tmp_path / name / "photo-edited.png" for name in ("out", "again")]
    assert results[0].read_bytes() == results[1].read_bytes()


def test_three_pictures_draw_a_new_one(bundle: Path, tmp_path: Path) -> None:
    colours = np.full((32, 32, 3), (250, 20, 20), np.uint8)
    mask, edges = (np.zeros((32, 32, 1), np.uint8) for _ in range(2))
    mask[8:20, 8:20] = 255
    edges[16, 4:28] = 255
    files = {"color-map": colours, "color-mask": mask, "edge-map": edges}
    arguments = ["edit", str(bundle)]
    for name, pixels in files.items():
        write_photo(Photo(pixels), tmp_path / f"{name}.png")
        arguments += [f"--{name}", str(tmp_path / f"{name}.png")]
    settings = {"version": 1, "constraints": [], "settings": {"starts": 3, "steps": 5}}
    script = ["--script", str(written(settings, tmp_path)), "--films"]
    out = tmp_path / "out"
    assert main([*arguments, *script, "--out", str(out)]) == 0
    assert read_photo(out / "result.png").pixels.shape == (32, 32, 3)
    edit = json.loads((out / "edit.json").read_text())
    assert [one["brush"] for one in edit["constraints"]] == ["colour_picture", "sketch_picture"]
    assert "photo" not in edit
    again = ["edit", str(bundle), "--script", str(out / "edit.json"), "--films"]
    assert main([*again, "--out", str(tmp_path / "again")]) == 0
    result = read_photo(tmp_path / "again" / "result.png").pixels
    np.testing.assert_array_equal(result, read_photo(out / "result.png").pixels)


def test_the_schema_is_printed_without_anything_else(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["edit", "--schema"])
    assert stopped.value.code == 0
    assert json.loads(capsys.readouterr().out) == edit_schema()
