import csv
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from igan.data import store_writer
from igan.data.import_ledger import Shard
from igan.data.importing import (
    ImportProgress,
    append_photos,
    import_photos,
    resume_import,
    unfinished_import,
    unfinished_path,
)
from igan.data.preparing import PictureSettings, prepare_picture
from igan.data.rejected_file import REJECTED_FILE
from igan.data.sources import SourceOptions
from igan.data.store import Store
from igan.errors import ConfigError, SourceError, StoreError
from serve.errors import OutputExistsError
from tests.igan.data.conftest import write_photo_file


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Eight different photos."""
    for number in range(8):
        write_photo_file(tmp_path / "photos" / f"{number}.png", seed=number)
    return tmp_path / "photos"


@pytest.fixture
def more_photos(tmp_path: Path) -> Path:
    """Six photos of which the first two are the last two of `photos`, and one that is none."""
    for number in range(6, 12):
        write_photo_file(tmp_path / "more" / f"{number:02}.png", seed=number)
    (tmp_path / "more" / "text.jpg").write_text("no photo")
    return tmp_path / "more"


def rejections(store: Path) -> list[list[str]]:
    with (store / REJECTED_FILE).open(newline="", errors="surrogateescape") as file:
        return list(csv.reader(file))[1:]


def interrupt_after(files: int) -> "object":
    def interrupt(progress: ImportProgress) -> None:
        if progress.done == files:
            raise KeyboardInterrupt

    return interrupt


def test_a_folder_becomes_a_store(photos: Path, tmp_path: Path) -> None:
    seen: list[ImportProgress] = []
    report = import_photos(photos, tmp_path / "out.lmdb", 16, licence="CC0", progress=seen.append)
    store = Store(report.store)
    assert (report.imported, report.rejected, report.duplicates) == (8, 0, 0)
    assert (store.size, store.channels, len(store)) == (16, 3, 8)
    assert (store.meta.sources[0].name, store.meta.sources[0].licence) == ("photos", "CC0")
    assert [progress.done for progress in seen] == list(range(1, 9))
    assert {progress.total for progress in seen} == {8}
    assert not unfinished_path(report.store).exists()
    store.verify()


def test_records_are_the_prepared_pictures(photos: Path, tmp_path: Path) -> None:
    import_photos(photos, tmp_path / "out.lmdb", 16, fit="pad", anchor="top", trim=True)
    path = photos / "3.png"
    expected = prepare_picture(
        path.read_bytes(), "photo", PictureSettings(16, 3, "pad", "top", True)
    )
    store = Store(tmp_path / "out.lmdb")
    np.testing.assert_array_equal(store.read([3])[0], expected)
    assert (store.meta.fit, store.meta.anchor, store.meta.trim) == ("pad", "top", True)


def test_what_is_known_of_the_photos_is_kept(photos: Path, tmp_path: Path) -> None:
    (photos / "3.png").write_text("no photo")
    write_photo_file(photos / "boots" / "1.png", seed=20, width_px=50, height_px=70)
    store = Store(import_photos(photos, tmp_path / "out.lmdb", 16).store)
    traits = store.traits()
    assert traits["ordinal"].tolist() == [0, 1, 2, 4, 5, 6, 7, 8]
    assert traits["width_px"].tolist() == [40] * 7 + [50]
    assert traits["height_px"].tolist() == [30] * 7 + [70]
    assert len(set(traits["perceptual_hash"].tolist())) == 8
    assert store.labels() == ["boots"]
    assert store.indices_of(label="boots").tolist() == [7]


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


@pytest.mark.parametrize("encoding", ["raw", "jpeg"])
def test_the_digest_does_not_depend_on_the_workers(tmp_path: Path, encoding: str) -> None:
    for number in range(50):
        write_photo_file(tmp_path / "photos" / f"{number}.png", seed=number % 40)
    digests = set()
    for workers in (1, 2, 7):
        report = import_photos(
            tmp_path / "photos",
            tmp_path / f"{workers}.lmdb",
            16,
            encoding=encoding,  # type: ignore[arg-type]
            workers=workers,
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


def test_an_interrupted_import_goes_on(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 3)
    (photos / "1.png").write_text("no photo")
    shutil.copy(photos / "0.png", photos / "copy.png")
    whole = import_photos(photos, tmp_path / "whole.lmdb", 16, fit="pad")
    out = tmp_path / "out.lmdb"
    with pytest.raises(KeyboardInterrupt):
        import_photos(photos, out, 16, fit="pad", progress=interrupt_after(6))  # type: ignore[arg-type]
    assert not out.exists()
    ledger = unfinished_import(out)
    assert ledger is not None
    assert (ledger.done, ledger.imported, ledger.rejected) == (4, 3, 1)
    with pytest.raises(StoreError, match=r"stopped after 4 files.*--resume --out"):
        import_photos(photos, out, 16, fit="pad")
    seen: list[ImportProgress] = []
    report = resume_import(out, progress=seen.append)
    assert [progress.done for progress in seen] == [5, 6, 7, 8, 9]
    assert Store(out).digest == Store(whole.store).digest
    assert (report.imported, report.rejected, report.duplicates) == (7, 1, 1)
    assert report.rejected_file.read_bytes() == whole.rejected_file.read_bytes()
    assert unfinished_import(out) is None
    assert not unfinished_path(out).exists()


def test_to_resume_what_is_finished_says_what_it_did(photos: Path, tmp_path: Path) -> None:
    report = import_photos(photos, tmp_path / "out.lmdb", 16)
    assert resume_import(tmp_path / "out.lmdb") == report


def test_there_must_be_something_to_resume(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        resume_import(tmp_path / "out.lmdb")


def test_what_was_killed_before_its_first_commit_counts_as_never_begun(
    photos: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.lmdb"
    unfinished_path(out).mkdir()
    (unfinished_path(out) / "data.mdb").write_bytes(b"\0" * 100)
    assert unfinished_import(out) is None
    assert import_photos(photos, out, 16).imported == 8


@pytest.mark.parametrize("change", ["insert", "remove"])
def test_a_source_that_has_changed_is_not_resumed(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 3)
    out = tmp_path / "out.lmdb"
    with pytest.raises(KeyboardInterrupt):
        import_photos(photos, out, 16, progress=interrupt_after(4))  # type: ignore[arg-type]
    if change == "insert":
        write_photo_file(photos / "00.png", seed=30)
    else:
        for number in range(2, 8):
            (photos / f"{number}.png").unlink()
    with pytest.raises(SourceError, match="has changed since"):
        resume_import(out)


def test_the_choice_of_source_survives_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        write_photo_file(tmp_path / "pairs" / "train" / f"{number}.png", number, 60, 30)
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 1)
    options = SourceOptions(half="right")
    whole = import_photos(
        tmp_path / "pairs", tmp_path / "a.lmdb", 16, kind="paired", options=options
    )
    with pytest.raises(KeyboardInterrupt):
        import_photos(
            tmp_path / "pairs",
            tmp_path / "b.lmdb",
            16,
            kind="paired",
            options=options,
            progress=interrupt_after(2),  # type: ignore[arg-type]
        )
    assert Store(resume_import(tmp_path / "b.lmdb").store).digest == Store(whole.store).digest


def test_more_photos_are_appended(photos: Path, more_photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.lmdb"
    import_photos(photos, out, 16, fit="pad", licence="CC0")
    before = Store(out)
    first_identities = [entry.identity for entry in before.entries(range(8))]
    del before
    report = append_photos(more_photos, out, licence="CC BY")
    store = Store(out)
    assert (report.imported, report.duplicates, report.rejected) == (4, 2, 1)
    assert (report.is_append, report.count) == (True, 12)
    assert [entry.identity for entry in store.entries(range(8))] == first_identities
    assert [entry.source for entry in store.entries(range(12))] == [0] * 8 + [1] * 4
    assert [(s.name, s.licence) for s in store.meta.sources] == [
        ("photos", "CC0"),
        ("more", "CC BY"),
    ]
    assert store.traits()["import_number"].tolist() == [0] * 8 + [1] * 4
    assert dict(rejections(out))["06.png"] == "is an exact duplicate of 6.png"
    assert dict(rejections(out))["text.jpg"].startswith("is not a photo")
    store.verify()
    expected = prepare_picture(
        (more_photos / "11.png").read_bytes(), "photo", PictureSettings(16, 3, "pad")
    )
    np.testing.assert_array_equal(store.read([11])[0], expected)


def test_an_interrupted_append_goes_on_and_leaves_the_store_readable(
    photos: Path, more_photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, out = tmp_path / "whole.lmdb", tmp_path / "out.lmdb"
    for store in (whole, out):
        import_photos(photos, store, 16)
    append_photos(more_photos, whole)
    monkeypatch.setattr(store_writer, "COMMIT_RECORDS", 2)
    with pytest.raises(KeyboardInterrupt):
        append_photos(more_photos, out, progress=interrupt_after(5))  # type: ignore[arg-type]
    assert len(Store(out)) == 10
    Store(out).verify()
    with pytest.raises(StoreError, match="stopped after 4 files"):
        append_photos(more_photos, out)
    report = resume_import(out)
    assert (report.imported, report.duplicates, report.rejected) == (4, 2, 1)
    assert Store(out).digest == Store(whole).digest
    assert (out / REJECTED_FILE).read_bytes() == (whole / REJECTED_FILE).read_bytes()


def test_the_split_does_not_move_when_the_set_grows(tmp_path: Path) -> None:
    for number in range(60):
        write_photo_file(tmp_path / "few" / f"{number}.png", seed=number)
    shutil.copytree(tmp_path / "few", tmp_path / "many")
    for number in range(60, 90):
        write_photo_file(tmp_path / "many" / f"{number}.png", seed=number)

    def splits(name: str) -> dict[str, str]:
        store = Store(import_photos(tmp_path / name, tmp_path / f"{name}.lmdb", 16).store)
        return {entry.identity: entry.split for entry in store.entries(range(len(store)))}

    few, many = splits("few"), splits("many")
    assert set(few.values()) == {"train", "test"}
    assert few.items() <= many.items()


def test_photos_are_not_added_to_pictures_that_were_drawn(photos: Path, tmp_path: Path) -> None:
    from igan.data.rendering import render_store

    render_store(tmp_path / "drawn.lmdb", 2, 16)
    with pytest.raises(StoreError, match="a store of their own"):
        append_photos(photos, tmp_path / "drawn.lmdb")


def test_nothing_is_appended_to_a_shard(photos: Path, tmp_path: Path) -> None:
    import_photos(photos, tmp_path / "out.lmdb", 16, shard=Shard(1, 2))
    with pytest.raises(StoreError, match="merge the shards"):
        append_photos(photos, tmp_path / "out.lmdb")


def test_a_shard_is_every_nth_file(photos: Path, tmp_path: Path) -> None:
    store = Store(import_photos(photos, tmp_path / "out.lmdb", 16, shard=Shard(2, 3)).store)
    assert [entry.identity for entry in store.entries(range(3))] == ["1.png", "4.png", "7.png"]
    assert store.traits()["ordinal"].tolist() == [1, 4, 7]
    assert store.imports()[0].next_ordinal == 8
