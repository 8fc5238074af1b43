import json
import shutil
from pathlib import Path

import pytest

from igan.cli.demo import stages
from igan.cli.demo.stages import Demo
from igan.errors import BadInputError, SourceError
from igan.run_folder import RunFolder
from serve.photo.photo import Photo, write_photo
from tests.bundles import tiny_bundle
from tests.samples import sample_folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "RENDERED_PICTURES", 60)
    monkeypatch.setattr(stages, "RENDERED_LARGE_PX", 160)
    monkeypatch.setattr(stages, "MEASURED_PHOTOS", 2)
    monkeypatch.setattr(stages, "SOLVER_ITERATIONS", 3)


@pytest.mark.slow
def test_the_whole_path_and_again_from_where_it_stopped(
    small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "demo"
    none_ships = tmp_path / "none"
    report = Demo(out, gan_images=48, projector_images=48, checkpoints=none_ships).run()
    assert "no model of shoes ships" in capsys.readouterr().out
    page = report.read_text()
    assert "a model that ships" not in page
    assert page.count("<img") >= 5
    assert "<video" in page
    written = {path.name for path in out.iterdir()}
    assert {"photos.lmdb", "gan", "projector", "bundle", "reconstruction", "edit"} < written

    bundle_before = (out / "bundle" / "manifest.json").read_bytes()
    report.unlink()
    shutil.rmtree(out / "edit")
    checkpoints, samples = tmp_path / "checkpoints", sample_folder(tmp_path / "samples")
    tiny_bundle(checkpoints / "one", name="shoes")
    again = Demo(out, gan_images=48, projector_images=48, checkpoints=checkpoints, samples=samples)
    page = again.run().read_text()
    assert "a model that ships" in page
    edited = json.loads((out / "shipped-edit" / "edit.json").read_text())
    assert edited["bundle"]["name"] == "shoes"
    assert (out / "bundle" / "manifest.json").read_bytes() == bundle_before

    with pytest.raises(BadInputError, match="other options"):
        Demo(out, gan_images=64, projector_images=48, checkpoints=none_ships).run()


@pytest.mark.slow
def test_the_same_on_photos(small: None, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for number in range(12):
        split = "test" if number % 3 == 0 else "train"
        pixels = demo_picture(number)
        (photos / split).mkdir(parents=True, exist_ok=True)
        write_photo(Photo(pixels), photos / split / f"{number}.jpg")
    out = tmp_path / "demo"
    Demo(out, photos, gan_images=48, projector_images=48, checkpoints=tmp_path / "none").run()
    assert RunFolder(out / "gan").load_networks().record["training"]["gan"]["images_seen"] == 48
    originals = {path.read_bytes() for path in photos.rglob("*.jpg")}
    assert (out / "photo.jpeg").read_bytes() in originals
    assert (out / "edit" / "photo-edited.jpeg").exists()


def demo_picture(number: int):
    from igan.data.rendering import render, sample_parameters

    return render(sample_parameters(0, number), 96)


def test_a_folder_of_something_else_and_a_source_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(BadInputError, match="holds something else"):
        Demo(tmp_path, checkpoints=tmp_path).run()
    with pytest.raises(SourceError, match="does not exist"):
        Demo(tmp_path / "out", tmp_path / "nowhere", checkpoints=tmp_path).run()
    assert not (tmp_path / "out").exists()
