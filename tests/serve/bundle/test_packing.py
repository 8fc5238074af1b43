"""A packed bundle unpacks to itself, and an archive is not trusted."""

import shutil
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from igan.cli.main import main
from serve.bundle import load_bundle
from serve.bundle.packing import pack_bundle, unpack_bundle
from serve.errors import BundleError, OutputExistsError
from tests.serve.bundle.damage import flip_a_bit


@pytest.fixture(scope="module")
def packed(whole, tmp_path_factory) -> Path:
    archive = tmp_path_factory.mktemp("packed") / "tiny.igan.zip"
    pack_bundle(whole, archive)
    return archive


def rewritten(packed: Path, archive: Path, change) -> Path:
    """Copy the archive entry by entry; `change(entry, content)` gives the entries to write."""
    with (
        zipfile.ZipFile(packed) as source,
        zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as target,
    ):
        for entry in source.infolist():
            for name_or_entry, content in change(entry, source.read(entry)):
                target.writestr(name_or_entry, content)
    return archive


def test_round_trip(whole, packed, tmp_path):
    unpack_bundle(packed, tmp_path / "again")
    assert load_bundle(tmp_path / "again").digest == load_bundle(whole).digest
    for file in whole.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


def test_the_same_bundle_gives_the_same_archive(copied, packed, tmp_path):
    for number, file in enumerate(copied.iterdir()):
        file.touch()
        file.chmod(0o600 if number % 2 else 0o644)
    pack_bundle(copied, tmp_path / "other.igan.zip")
    assert (tmp_path / "other.igan.zip").read_bytes() == packed.read_bytes()


def test_a_damaged_bundle_is_not_packed(copied, tmp_path):
    flip_a_bit(copied / "generator.weights", 7)
    with pytest.raises(BundleError, match=r"generator\.weights was changed"):
        pack_bundle(copied, tmp_path / "tiny.igan.zip")
    assert list(tmp_path.iterdir()) == [copied]


def test_what_is_not_in_the_manifest_is_not_packed(copied, packed, tmp_path):
    (copied / "notes.txt").write_text("private")
    pack_bundle(copied, tmp_path / "tiny.igan.zip")
    assert (tmp_path / "tiny.igan.zip").read_bytes() == packed.read_bytes()


def test_nothing_is_overwritten(whole, packed, tmp_path):
    (tmp_path / "taken.igan.zip").touch()
    with pytest.raises(OutputExistsError):
        pack_bundle(whole, tmp_path / "taken.igan.zip")
    with pytest.raises(OutputExistsError):
        unpack_bundle(packed, tmp_path)
    with pytest.raises(BundleError, match=r"must end in \.igan\.zip"):
        pack_bundle(whole, tmp_path / "tiny.zip")


def added(name, content=b"surprise"):
    def change(entry, kept):
        yield entry, kept
        if entry.filename == "manifest.json":
            yield name, content

    return change


def link(entry, content):
    if entry.filename == "generator.weights":
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        content = b"/etc/passwd".ljust(len(content), b"\0")
    yield entry, content


def folder(entry, content):
    yield entry, content
    if entry.filename == "manifest.json":
        yield zipfile.ZipInfo("inside/"), b""


def compressed(entry, content):
    if entry.filename == "generator.weights":
        entry.compress_type = zipfile.ZIP_DEFLATED
    yield entry, content


def bomb(entry, content):
    if entry.filename == "generator.weights":
        entry.compress_type = zipfile.ZIP_DEFLATED
        content = bytes(2**26)
    yield entry, content


def lacking(entry, content):
    if entry.filename != "generator.weights":
        yield entry, content


def shorter(entry, content):
    yield entry, content[:-1] if entry.filename == "generator.weights" else content


def changed(entry, content):
    if entry.filename == "generator.weights":
        content = bytes([content[0] ^ 1]) + content[1:]
    yield entry, content


def no_manifest(entry, content):
    if entry.filename != "manifest.json":
        yield entry, content


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (added("../outside"), "holds '../outside', which its manifest does not list"),
        (added("/outside"), "'/outside'"),
        (added("generator.weights.bak"), "does not list"),
        (folder, "'inside/' in it is not a plain file"),
        (link, "'generator.weights' in it is not a plain file"),
        (compressed, "'generator.weights' in it is compressed"),
        (bomb, "'generator.weights' in it is compressed"),
        (lacking, "lacks 'generator.weights'"),
        (shorter, "'generator.weights' has another size"),
        (changed, r"generator\.weights was changed"),
        (no_manifest, r"holds no manifest\.json"),
    ],
)
def test_what_an_archive_may_not_hold(packed, tmp_path, change, sentence):
    archive = rewritten(packed, tmp_path / "bad.igan.zip", change)
    with pytest.raises(BundleError, match=sentence):
        unpack_bundle(archive, tmp_path / "out" / "bundle")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "out") == [archive.name]
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_comes_twice(packed, tmp_path):
    archive = rewritten(packed, tmp_path / "bad.igan.zip", added("generator.weights"))
    with pytest.raises(BundleError, match="holds the same name twice"):
        unpack_bundle(archive, tmp_path / "bundle")


def test_a_directory_that_would_fill_the_memory(packed, tmp_path):
    archive = shutil.copy(packed, tmp_path / "bad.igan.zip")
    content = bytearray(archive.read_bytes())
    struct.pack_into("<L", content, content.rindex(b"PK\x05\x06") + 12, 2**31)
    archive.write_bytes(content)
    with pytest.raises(BundleError, match="its directory is too large"):
        unpack_bundle(archive, tmp_path / "bundle")


def test_no_byte_of_an_archive_changes_unnoticed(whole, packed, tmp_path):
    """Where a flipped bit is not refused, it was in a date or the like: the bundle is the same."""
    refused, size = 0, packed.stat().st_size
    for number, place in enumerate([*range(0, size, size // 60), *range(size - 60, size)]):
        archive = shutil.copy(packed, tmp_path / "bad.igan.zip")
        flip_a_bit(archive, place, number % 8)
        out = tmp_path / f"{number}"
        try:
            unpack_bundle(archive, out)
        except BundleError:
            refused += 1
            assert not out.exists()
        else:
            for file in whole.iterdir():
                assert (out / file.name).read_bytes() == file.read_bytes()
    assert refused > 60


@pytest.mark.parametrize("length", [0, 1, 100, -1])
def test_a_truncated_archive(packed, tmp_path, length):
    (tmp_path / "cut.igan.zip").write_bytes(packed.read_bytes()[:length])
    with pytest.raises(BundleError, match="is not a whole packed bundle"):
        unpack_bundle(tmp_path / "cut.igan.zip", tmp_path / "bundle")
    with pytest.raises(BundleError, match="no such file"):
        unpack_bundle(tmp_path / "nothing.igan.zip", tmp_path / "bundle")


def test_the_command_line_packs_and_unpacks(whole, tmp_path, capsys):
    archive, out = tmp_path / "tiny.igan.zip", tmp_path / "bundle"
    assert main(["bundle", "pack", str(whole), "--out", str(archive)]) == 0
    assert main(["bundle", "unpack", str(archive), "--out", str(out)]) == 0
    assert "files" in capsys.readouterr().out
    load_bundle(out)
    assert main(["bundle", "unpack", str(archive), "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
