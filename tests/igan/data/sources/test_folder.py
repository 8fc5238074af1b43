import os
from pathlib import Path

import pytest

from igan.data.sources import photo_source
from igan.data.sources.folder import FolderSource


def test_photos_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b/2.png", "a.JPG", "b/10.png", "c.txt", ".hidden/x.png", "._a.jpg"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
    source = FolderSource(tmp_path)
    files = list(source.files())
    assert [file.identity for file in files] == ["a.JPG", "b/10.png", "b/2.png"]
    assert [file.data for file in files] == [b"a.JPG", b"b/10.png", b"b/2.png"]
    assert source.count() == 3


def test_folders_tell_split_and_label(tmp_path: Path) -> None:
    path = tmp_path / "shoes" / "test" / "1.jpg"
    path.parent.mkdir(parents=True)
    path.touch()
    (file,) = FolderSource(tmp_path).files()
    assert (file.split, file.label) == ("test", "shoes")


def test_what_cannot_be_read_is_yielded_with_its_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_source, "MAX_FILE_BYTES", 10)
    (tmp_path / "a_broken_link.jpg").symlink_to(tmp_path / "nowhere.jpg")
    os.mkfifo(tmp_path / "b_pipe.jpg")
    (tmp_path / "c_large.jpg").write_bytes(bytes(11))
    (tmp_path / "d.jpg").write_bytes(bytes(10))
    files = list(FolderSource(tmp_path).files())
    assert [file.problem is None for file in files] == [False, False, False, True]
    assert "No such file" in str(files[0].problem)
    assert "regular file" in str(files[1].problem)
    assert "larger than" in str(files[2].problem)


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert FolderSource(tmp_path).count() == 1


def test_names_that_are_not_unicode_are_kept(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).write_bytes(b"x")
    (file,) = FolderSource(tmp_path).files()
    assert file.identity == "caf\udce9.jpg"
    assert file.data == b"x"
