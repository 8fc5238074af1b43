import csv
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from igan.data.importing import REJECTED_FILE, ImportProgress, import_photos
from igan.data.store import Store
from igan.errors import ConfigError, SourceError
from serve.errors import OutputExistsError
from serve.photo.frame import PhotoFrame
from serve.photo.photo import read_photo
from tests.igan.data.conftest import write_photo_file


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Eight different photos."""
    for number in range(8):
        write_photo_file(tmp_path / "photos" / f"{number}.png", seed=number)
    return tmp_path / "photos"


def rejections(store: Path) -> list[list[str]]:
    with (store / REJECTED_FILE).open(newline="", errors="surrogateescape") as file:
        return list(csv.reader(file))[1:]


def test_a_folder_becomes_a_store(photos: Path, tmp_path: Path) -> None:
    seen: list[ImportProgress] = []
    report = import_photos(photos, tmp_path / "out.lmdb", 16, licence="CC0", progress=seen.append)
    store = Store(report.store)
    assert (report.imported, report.rejected, report.duplicates) == (8, 0, 0)
    assert (store.size, store.channels, len(store)) == (16, 3, 8)
    assert (store.meta.sources[0].name, store.meta.sources[0].licence) == ("photos", "CC0")
    assert [progress.done for progress in seen] == list(range(1, 9))
    assert {progress.total for progress in seen} == {8}
    store.verify()


@pytest.mark.parametrize(("fit", "frame"), [("centre", "centre_square"), ("whole", "whole")])
def test_a_record_is_what_projection_will_see(
    photos: Path, tmp_path: Path, fit: str, frame: str
) -> None:
    import_photos(photos, tmp_path / "out.lmdb", 16, fit=fit)  # type: ignore[arg-type]
    photo = read_photo(photos / "3.png")
    expected = getattr(PhotoFrame, frame)(photo, 16).crop(photo.as_uint8(3))
    np.testing.assert_array_equal(Store(tmp_path / "out.lmdb").read([3])[0], expected)


def test_one_channel(photos: Path, tmp_path: Path) -> None:
    import_photos(photos, tmp_path / "out.lmdb", 16, channels=1)
    assert Store(tmp_path / "out.lmdb").read([0]).shape == (1, 16, 16, 1)


def test_a_zip_file_gives_the_same_pictures(photos: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in sorted(photos.iterdir()):
            archive.write(path, path.name)
    import_photos(photos, tmp_path / "a.lmdb", 16)
    import_photos(tmp_path / "photos.zip", tmp_path / "b.lmdb", 16)
    assert Store(tmp_path / "a.lmdb").digest == Store(tmp_path / "b.lmdb").digest


def test_the_digest_does_not_depend_on_the_workers(tmp_path: Path) -> None:
    for number in range(50):
        write_photo_file(tmp_path / "photos" / f"{number}.png", seed=number % 40)
    digests = set()
    for workers in (1, 3):
        report = import_photos(
            tmp_path / "photos", tmp_path / f"{workers}.lmdb", 16, workers=workers
        )
        digests.add(Store(report.store).digest)
        assert report.duplicates == 10
    assert len(digests) == 1


def test_what_is_unfit_is_listed_and_the_rest_imported(photos: Path, tmp_path: Path) -> None:
    (photos / "empty.jpg").touch()
    (photos / "text\nwith newline.jpg").write_text("no photo")
    (photos / "cut.png").write_bytes((photos / "1.png").read_bytes()[:200])
    (photos / "gone.jpg").symlink_to("nowhere")
    Path(os.fsdecode(os.fsencode(photos) + b"/caf\xe9.jpg")).write_bytes(b"x")
    shutil.copy(photos / "2.png", photos / "copy.png")
    report = import_photos(photos, tmp_path / "out.lmdb", 16)
    assert (report.imported, report.rejected, report.duplicates) == (8, 5, 1)
    reasons = dict(rejections(report.store))
    assert reasons["copy.png"] == "is an exact duplicate of 2.png"
    assert reasons["empty.jpg"].startswith("is empty")
    assert set(reasons) == {
        "copy.png",
        "cut.png",
        "empty.jpg",
        "gone.jpg",
        "caf\udce9.jpg",
        "text\nwith newline.jpg",
    }
    assert all(len(reason) > 10 for reason in reasons.values())


def test_the_sources_own_split_is_kept(tmp_path: Path) -> None:
    for number in range(6):
        folder = tmp_path / "set" / ("test" if number < 2 else "train")
        write_photo_file(folder / f"{number}.png", seed=number)
    report = import_photos(tmp_path / "set", tmp_path / "out.lmdb", 16)
    assert report.split_counts == {"train": 4, "test": 2}


def test_a_source_without_photos_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "notes.txt").write_text("none")
    with pytest.raises(SourceError, match="holds no photos"):
        import_photos(tmp_path / "photos", tmp_path / "out.lmdb")
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_a_source_of_unreadable_photos_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "1.jpg").write_text("none")
    with pytest.raises(SourceError, match=r"none of the 1 photos .* 1\.jpg is not a photo"):
        import_photos(tmp_path / "photos", tmp_path / "out.lmdb")
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_an_existing_output_is_refused_and_kept(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.lmdb"
    digest = Store(import_photos(photos, out, 16).store).digest
    with pytest.raises(OutputExistsError, match="exists"):
        import_photos(photos, out, 16)
    assert Store(out).digest == digest


def test_a_size_of_nothing_is_refused(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="0 pixels"):
        import_photos(photos, tmp_path / "out.lmdb", 0)


def test_an_interrupt_leaves_nothing(photos: Path, tmp_path: Path) -> None:
    def interrupt(progress: ImportProgress) -> None:
        if progress.done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_photos(photos, tmp_path / "out.lmdb", 16, progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


KILLED_IMPORT = """
import os, signal, sys
from igan.data import store_writer
from igan.data.importing import import_photos

store_writer.COMMIT_RECORDS = 2
def die(progress):
    if progress.done == 5:
        os.kill(os.getpid(), signal.SIGKILL)
import_photos(sys.argv[1], sys.argv[2], 16, progress=die)
"""


def test_a_killed_import_is_never_taken_for_whole(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.lmdb"
    killed = subprocess.run([sys.executable, "-c", KILLED_IMPORT, photos, out], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert not out.exists()
    assert len(Store(import_photos(photos, out, 16).store)) == 8
