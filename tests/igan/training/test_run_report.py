from pathlib import Path

import numpy as np
import pytest

from igan.run_folder import RunFolder
from igan.training.run_curves import read_curves
from igan.training.run_report import write_run_report
from serve.photo.photo import Photo, write_photo


def starts_of(path: Path) -> RunFolder:
    """A run that went on from image 20 after it had reached 40."""
    for number, rows in enumerate(["10,1.0,\n20,2.0,\n30,,7\n40,4.0,", "30,5.0,\n50,6.0,8"]):
        folder = path / "metrics" / f"version_{number}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(f"step,train/loss_d,realism/kid_hog_colour\n{rows}\n")
    return RunFolder(path)


def test_what_came_after_a_restart_replaces_what_was_there(tmp_path: Path) -> None:
    curves = read_curves(starts_of(tmp_path))
    assert list(curves["train/loss_d"].images_seen) == [10, 20, 30, 50]
    assert list(curves["train/loss_d"].values) == [1.0, 2.0, 5.0, 6.0]
    assert list(curves["realism/kid_hog_colour"].images_seen) == [50]


def test_many_starts_are_read_in_their_order(tmp_path: Path) -> None:
    for number in range(11):
        folder = tmp_path / "metrics" / f"version_{number}"
        folder.mkdir(parents=True)
        (folder / "metrics.csv").write_text(f"step,a\n{number},{number}\n")
    assert list(read_curves(RunFolder(tmp_path))["a"].values) == list(range(11))


def test_the_page_shows_curves_pictures_and_what_happened(tmp_path: Path) -> None:
    run = starts_of(tmp_path)
    for images_seen in (10, 20, 30, 40):
        run.samples.mkdir(exist_ok=True)
        picture = Photo(np.zeros((4, 4, 3), np.uint8))
        write_photo(picture, run.samples / f"{images_seen:09d}.png")
    run.note("rolled back & going on.")
    write_run_report(run, images_seen=50, total_images=200, elapsed_s=600)
    page = run.report.read_text()
    assert "50 of 200 images seen in 10 min, 0.1 images/s; about 30 min left." in page
    assert "rolled back &amp; going on." in page
    assert page.count("<polyline") == 2
    assert "train/loss_d: 6" in page
    assert [f"{n} images" in page for n in (10, 20, 30, 40)] == [True, False, True, True]
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_run_that_has_just_begun_has_a_page_too(tmp_path: Path) -> None:
    write_run_report(RunFolder(tmp_path), images_seen=0, total_images=200, elapsed_s=0.0)
    assert "0 of 200 images seen" in RunFolder(tmp_path).report.read_text()


def test_long_curves_are_drawn_as_means(tmp_path: Path) -> None:
    folder = tmp_path / "metrics" / "version_0"
    folder.mkdir(parents=True)
    rows = "\n".join(f"{number},{number % 2}" for number in range(4000))
    (folder / "metrics.csv").write_text(f"step,train/loss_d\n{rows}\n")
    write_run_report(RunFolder(tmp_path), 4000, 4000, 60.0)
    page = RunFolder(tmp_path).report.read_text()
    assert "train/loss_d: 0.5" in page
    assert "3,999 images" in page


@pytest.mark.parametrize("folder", ["samples", "walks", "nearest", "panels"])
def test_every_kind_of_picture_has_its_heading(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    write_photo(Photo(np.zeros((4, 4, 3), np.uint8)), tmp_path / folder / "000000008.png")
    write_run_report(RunFolder(tmp_path), 8, 16, 1.0)
    assert "8 images</figcaption>" in RunFolder(tmp_path).report.read_text()
