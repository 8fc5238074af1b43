import io
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from igan.data.sources import open_source, photo_source
from igan.data.sources.tar import TarSource, shards_named_by
from igan.errors import SourceError
from tests.igan.data.sources.collect import loaded, problem_of

SAMPLES = [
    ("0001.jpg", b"one"),
    ("0001.cls", b"3\n"),
    ("0001.json", b"{}"),
    ("0002.cls", b"7"),
    ("0002.jpg", b"two"),
    ("0003.png", b"three"),
    ("0003.txt", b"a caption"),
]


def write_tar(path: Path, members: Sequence[tuple[str, bytes]], mode: str = "w") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in members:
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("suffix", "mode"),
    [(".tar", "w"), (".tar.gz", "w:gz"), (".tar.bz2", "w:bz2"), (".tgz", "w:gz")],
)
def test_samples_with_their_labels(tmp_path: Path, suffix: str, mode: str) -> None:
    source = open_source(write_tar(tmp_path / f"photos{suffix}", SAMPLES, mode))
    assert (source.kind, source.count()) == ("tar", None)
    assert [(p.identity, p.data, p.label) for p in loaded(source)] == [
        ("0001.jpg", b"one", "3"),
        ("0002.jpg", b"two", "7"),
        ("0003.png", b"three", None),
    ]


def test_a_packed_folder_tells_split_and_label(tmp_path: Path) -> None:
    members = [("./shoes/train/1.jpg", b"1"), ("./shoes/test/2.jpg", b"2"), ("./x.txt", b"")]
    photos = loaded(TarSource(write_tar(tmp_path / "a.tar", members)))
    assert [(p.identity, p.split, p.label) for p in photos] == [
        ("./shoes/train/1.jpg", "train", "shoes"),
        ("./shoes/test/2.jpg", "test", "shoes"),
    ]


def test_shards_in_a_folder_and_by_a_pattern(tmp_path: Path) -> None:
    for number in range(3):
        write_tar(tmp_path / f"train-{number:04d}.tar", [(f"{number}.jpg", b"%d" % number)])
    write_tar(tmp_path / "val-0000.tar", [("9.jpg", b"9")])
    photos = loaded(open_source(tmp_path))
    assert [(p.identity, p.split) for p in photos] == [
        ("train-0000.tar/0.jpg", "train"),
        ("train-0001.tar/1.jpg", "train"),
        ("train-0002.tar/2.jpg", "train"),
        ("val-0000.tar/9.jpg", "test"),
    ]
    source = open_source(tmp_path / "train-{0001..0002}.tar")
    assert [(p.data, p.split) for p in loaded(source)] == [(b"1", None), (b"2", None)]


def test_patterns_name_shards() -> None:
    names = [shard.name for shard in shards_named_by(Path("a/s-{008..011}.tar"))]
    assert names == ["s-008.tar", "s-009.tar", "s-010.tar", "s-011.tar"]


def test_a_missing_shard_is_refused(tmp_path: Path) -> None:
    write_tar(tmp_path / "s-0.tar", [("1.jpg", b"1")])
    source = open_source(tmp_path / "s-{0..1}.tar")
    with pytest.raises(SourceError, match=r"s-1\.tar is missing"):
        source.count()
    with pytest.raises(SourceError, match=r"s-1\.tar is missing"):
        next(source.files())


def test_many_members_of_one_name_are_not_held_at_once(tmp_path: Path) -> None:
    """Names with a dot before the number look like one endless sample."""
    members = [(f"img.{number:03d}.jpg", b"%d" % number) for number in range(100)]
    photos = loaded(TarSource(write_tar(tmp_path / "a.tar", members)))
    assert [photo.data for photo in photos] == [data for _, data in members]


def test_links_and_devices_have_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        for name, kind in (("1.jpg", tarfile.SYMTYPE), ("2.jpg", tarfile.FIFOTYPE)):
            header = tarfile.TarInfo(name)
            header.type, header.linkname = kind, "/etc/passwd"
            archive.addfile(header)
    assert [problem_of(file) for file in TarSource(path).files()] == ["is not a regular file"] * 2


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_giant_is_not_unpacked(
    tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo_source, "MAX_FILE_BYTES", 1000)
    path = write_tar(tmp_path / "a.tar", [("bomb.png", bytes(100_000)), ("1.jpg", b"1")], mode)
    bomb, photo = TarSource(path).files()
    assert "larger than" in problem_of(bomb)
    assert photo.load() == b"1"


def test_names_that_lead_elsewhere_are_names_only(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("../../1.jpg", b"1"), ("/etc/2.jpg", b"2")])
    assert [photo.data for photo in loaded(TarSource(path))] == [b"1", b"2"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.tar"]


def test_strange_names(tmp_path: Path) -> None:
    names = ["new\nline.jpg", "caf\udce9.jpg", "a" * 300 + ".jpg"]
    path = write_tar(tmp_path / "a.tar", [(name, name[:2].encode()) for name in names])
    assert [photo.identity for photo in loaded(TarSource(path))] == names


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_what_is_cut_off_is_listed_and_the_rest_read(tmp_path: Path, mode: str) -> None:
    members = [(f"{n}.jpg", bytes([n]) + bytes(range(256)) * 40) for n in range(20)]
    path = write_tar(tmp_path / "a.tar", members, mode)
    data = path.read_bytes()
    for share in (0.3, 0.5, 0.8):
        path.write_bytes(data[: int(len(data) * share)])
        problems = list(map(problem_of, TarSource(path).files()))
        assert "cut off" in problems[-1]
        assert len(problems) <= 20
        if mode == "w":
            assert sum(not problem for problem in problems) == int(20 * share)


def test_an_archive_without_its_end_mark_is_told(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("1.jpg", b"1")])
    path.write_bytes(path.read_bytes()[:1024])
    photo, end = TarSource(path).files()
    assert photo.load() == b"1"
    assert (end.identity, problem_of(end)) == ("a.tar", "has no end mark; it may be cut off")


def test_a_pattern_that_names_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        open_source(tmp_path / "s-{5..2}.tar")


def test_damage_between_members_is_listed(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("1.jpg", b"1"), ("2.jpg", b"2"), ("3.jpg", b"3")])
    data = bytearray(path.read_bytes())
    data[1024 + 148] ^= 255  # the checksum of the second header
    path.write_bytes(data)
    first, rest = TarSource(path).files()
    assert first.load() == b"1"
    assert "damaged" in problem_of(rest)


def test_a_gzip_header_that_breaks_off_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tgz").write_bytes(b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\xffname")
    with pytest.raises(SourceError, match="cannot be read as a tar file"):
        list(TarSource(tmp_path / "a.tgz").files())
    (tmp_path / "a.tgz").rename(tmp_path / "a.bin")
    assert not TarSource.lies_at(tmp_path / "a.bin")


def test_no_tar_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"hello" * 1000)
    with pytest.raises(SourceError, match="cannot be read as a tar file"):
        list(TarSource(tmp_path / "a.tar").files())
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="holds no tar files"):
        list(TarSource(tmp_path / "empty").files())
