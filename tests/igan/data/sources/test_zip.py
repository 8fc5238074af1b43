import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from igan.data.sources import photo_source
from igan.data.sources.zip import ZipSource
from igan.errors import SourceError
from tests.igan.data.sources.collect import loaded, problem_of


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_photos_come_in_the_order_of_the_directory(tmp_path: Path) -> None:
    path = write_zip(
        tmp_path / "set.zip",
        {
            "s/test/2.jpg": b"2",
            "s/": b"",
            "s/train/1.png": b"1",
            "s/x.txt": b"",
            "__MACOSX/3.jpg": b"",
        },
    )
    source = ZipSource(path)
    assert [(f.identity, f.data, f.split) for f in loaded(source)] == [
        ("s/test/2.jpg", b"2", "test"),
        ("s/train/1.png", b"1", "train"),
    ]
    assert (source.count(), source.name) == (2, "set.zip")


def test_members_are_read_by_several_threads_at_once(tmp_path: Path) -> None:
    members = {f"{n}.jpg": bytes([n]) * 20_000 for n in range(200)}
    files = list(ZipSource(write_zip(tmp_path / "set.zip", members)).files())
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda file: file.load(), files)) == list(members.values())


def test_a_damaged_member_has_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"first" * 20)
        archive.writestr("2.jpg", b"second")
    data = bytearray(path.read_bytes())
    data[data.index(b"first") + 3] ^= 1
    path.write_bytes(data)
    first, second = ZipSource(path).files()
    assert "damaged" in problem_of(first)
    assert second.load() == b"second"


def test_a_member_that_is_too_large_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_source, "MAX_FILE_BYTES", 1000)
    (file,) = ZipSource(write_zip(tmp_path / "set.zip", {"bomb.png": bytes(1001)})).files()
    assert "larger than" in problem_of(file)


def test_a_member_that_lies_about_its_size_is_not_unpacked_further(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", {"bomb.png": bytes(10_000_000)})
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\1\2")
    data[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    (file,) = ZipSource(path).files()
    assert "damaged" in problem_of(file) or len(file.load()) == 1000


def test_an_encrypted_member_has_a_reason(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", {"1.jpg": b"x"})
    data = bytearray(path.read_bytes())
    data[6] |= 1  # the flag in the local header
    data[data.index(b"PK\1\2") + 8] |= 1  # and in the directory
    path.write_bytes(data)
    (file,) = ZipSource(path).files()
    assert "unpacked" in problem_of(file)


def test_a_zip_file_without_its_directory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cut.zip"
    path.write_bytes(b"PK\3\4 and no more")
    assert not ZipSource.lies_at(path)
    with pytest.raises(SourceError, match="cannot be read as a zip file"):
        ZipSource(path).count()


def test_a_zip_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", {"1.jpg": b"x"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 6] = 169  # the version needed to unpack
    path.write_bytes(data)
    with pytest.raises(SourceError, match=r"zip file version 16\.9"):
        ZipSource(path).count()
