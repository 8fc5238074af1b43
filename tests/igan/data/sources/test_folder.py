import os
from pathlib import Path

import pytest

from igan.data.sources import photo_source
from igan.data.sources.folder import FolderSource
from igan.data.sources.regular_file import read_regular_file, read_span
from tests.igan.data.sources.collect import loaded, problem_of


def test_photos_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/2.png", "a.JPG", "b/10.png", "c.txt", ".hidden/x.png", "._a.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    source = FolderSource(tmp_path)
    files = loaded(source)
    assert [file.identity for file in files] == ["a.JPG", "b/10.png", "b/2.png"]
    assert [file.data for file in files] == [b"a.JPG", b"b/10.png", b"b/2.png"]
    assert source.count() == 3


def test_folders_tell_split_and_label(tmp_path: Path) -> None:
    path = tmp_path / "shoes" / "test" / "1.jpg"
    path.parent.mkdir(parents=True)
    path.touch()
    (file,) = FolderSource(tmp_path).files()
    assert (file.split, file.label) == ("test", "shoes")


def test_what_cannot_be_read_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_source, "MAX_FILE_BYTES", 10)
    (tmp_path / "a_broken_link.jpg").symlink_to(tmp_path / "nowhere.jpg")
    os.mkfifo(tmp_path / "b_pipe.jpg")
    (tmp_path / "c_large.jpg").write_bytes(bytes(11))
    (tmp_path / "d.jpg").write_bytes(bytes(10))
    problems = list(map(problem_of, FolderSource(tmp_path).files()))
    assert "No such file" in problems[0]
    assert "regular file" in problems[1]
    assert "larger than" in problems[2]
    assert problems[3] == ""


def test_a_file_that_goes_away_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    (file,) = FolderSource(tmp_path).files()
    (tmp_path / "1.jpg").unlink()
    assert "No such file" in problem_of(file)


def test_listing_reads_no_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1.jpg").touch()
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"read {path}"))
    assert len(list(FolderSource(tmp_path).files())) == FolderSource(tmp_path).count() == 1


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert FolderSource(tmp_path).count() == 1


def test_names_that_are_not_unicode_are_kept(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).write_bytes(b"x")
    (file,) = loaded(FolderSource(tmp_path))
    assert (file.identity, file.data) == ("caf\udce9.jpg", b"x")


def test_a_name_that_no_file_can_have_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(photo_source.UnreadableFileError, match="no file can have"):
        read_regular_file(tmp_path / "a\0.jpg")


def test_a_span_beyond_the_end_is_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "ten"
    path.write_bytes(b"0123456789")
    assert read_span(path, 2, 3) == b"234"
    with pytest.raises(photo_source.UnreadableFileError, match="cut off"):
        read_span(path, 8, 3)
