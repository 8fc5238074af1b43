import shutil
from pathlib import Path

import numpy as np
import pytest

from igan.cli import demo
from igan.cli.demo import Demo, object_centre
from igan.errors import BadInputError, SourceError
from igan.run_folder import RunFolder
from serve.photo.photo import Photo, write_photo


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "RENDERED_PICTURES", 60)
    monkeypatch.setattr(demo, "RENDERED_LARGE_PX", 160)
    monkeypatch.setattr(demo, "MEASURED_PHOTOS", 2)
    monkeypatch.setattr(demo, "SOLVER_ITERATIONS", 3)


@pytest.mark.slow
def test_the_whole_path_and_again_from_where_it_stopped(small: None, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    report = Demo(out, gan_images=48, projector_images=48).run()
    page = report.read_text()
    assert page.count("<img") >= 5
    assert "<video" in page
    written = {path.name for path in out.iterdir()}
    assert {"photos.lmdb", "gan", "projector", "bundle", "reconstruction", "edit"} < written

    bundle_before = (out / "bundle" / "manifest.json").read_bytes()
    report.unlink()
    shutil.rmtree(out / "edit")
    assert Demo(out, gan_images=48, projector_images=48).run().exists()
    assert (out / "bundle" / "manifest.json").read_bytes() == bundle_before

    with pytest.raises(BadInputError, match="other options"):
        Demo(out, gan_images=64, projector_images=48).run()


@pytest.mark.slow
def test_the_same_on_photos(small: None, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    for number in range(12):
        split = "test" if number % 3 == 0 else "train"
        pixels = demo_picture(number)
        (photos / split).mkdir(parents=True, exist_ok=True)
        write_photo(Photo(pixels), photos / split / f"{number}.jpg")
    out = tmp_path / "demo"
    Demo(out, photos, gan_images=48, projector_images=48).run()
    assert RunFolder(out / "gan").load_networks().record["training"]["gan"]["images_seen"] == 48
    originals = {path.read_bytes() for path in photos.rglob("*.jpg")}
    assert (out / "photo.jpeg").read_bytes() in originals
    assert (out / "edit" / "photo-edited.jpeg").exists()


def demo_picture(number: int):
    from igan.data.rendering import render, sample_parameters

    return render(sample_parameters(0, number), 96)


def test_the_stroke_goes_through_the_middle_of_the_object() -> None:
    pixels = np.full((64, 64, 3), 240.0)
    pixels[30:50, 10:40] = (120, 60, 20)
    np.testing.assert_allclose(object_centre(pixels), (25, 40), atol=1)


def test_a_folder_of_something_else_and_a_source_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(BadInputError, match="holds something else"):
        Demo(tmp_path).run()
    with pytest.raises(SourceError, match="does not exist"):
        Demo(tmp_path / "out", photos=tmp_path / "nowhere").run()
    assert not (tmp_path / "out").exists()
