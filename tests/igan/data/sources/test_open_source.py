import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from igan.data.sources import SOURCE_KINDS, SOURCES, SourceOptions, open_source
from igan.errors import SourceError


def test_the_source_follows_what_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "photos.dat"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"x")
    assert open_source(path).kind == "zip"
    assert open_source(str(tmp_path)).kind == "folder"


def test_the_kind_can_be_named(tmp_path: Path) -> None:
    path = tmp_path / "photos.txt"
    path.write_text("what a list does not look like\n")
    assert open_source(path, "list").kind == "list"
    with pytest.raises(SourceError, match=r"no source of the kind 'jpeg'; the kinds are .*zappos"):
        open_source(path, "jpeg")


def test_nothing_and_something_else_are_refused(tmp_path: Path) -> None:
    for kind in (None, "folder", "zip", "tar", "sketch", "lsun"):
        with pytest.raises(SourceError, match="does not exist"):
            open_source(tmp_path / "none", kind)
    text = tmp_path / "readme.txt"
    text.write_text("hello")
    with pytest.raises(SourceError, match="does not look like a collection of photos"):
        open_source(text)


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        (SourceOptions(categories=("Shoes",)), "--category"),
        (SourceOptions(half="left"), "--half"),
        (SourceOptions(query="handbag"), "--query"),
        (SourceOptions(allow_private_hosts=True), "--allow-private-hosts"),
    ],
)
def test_an_option_that_means_nothing_is_refused(
    tmp_path: Path, options: SourceOptions, flag: str
) -> None:
    with pytest.raises(SourceError, match=f"{flag} means nothing to the source folder"):
        open_source(tmp_path, options=options)
    with pytest.raises(SourceError, match=f"{flag} means nothing"):
        open_source(tmp_path, "sketch", options)


def test_every_kind_is_listed_once_and_states_what_it_takes() -> None:
    assert len(set(SOURCE_KINDS)) == len(SOURCE_KINDS) == len(SOURCES) + 1
    known = set(SourceOptions.__dataclass_fields__)
    for source in SOURCES:
        assert source.takes <= known, source
        assert (source.__doc__ or "").strip()


def test_listing_the_kinds_imports_nothing_heavy() -> None:
    script = (
        "import sys\nimport igan.data.sources\n"
        "heavy = {'numpy', 'cv2', 'torch', 'lmdb', 'h5py', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert finished.returncode == 0, finished.stderr
