import csv
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from igan.data.importing import import_photos
from igan.data.preparing import PictureSettings, prepare_picture
from igan.data.store import Store
from serve.errors import PhotoError
from serve.photo.photo import decode_photo
from tests.hostile_files import CLAIMS, hostile_contents, write_hostile_folder

SETTINGS = PictureSettings(32)


def test_every_hostile_file_is_imported_or_listed_with_a_reason(tmp_path: Path) -> None:
    expected = write_hostile_folder(tmp_path / "photos")
    assert len(expected) >= 300
    report = import_photos(tmp_path / "photos", tmp_path / "out.lmdb", 32)
    store = Store(report.store)
    store.verify()
    imported = {entry.identity for entry in store.entries(range(len(store)))}
    with report.rejected_file.open(newline="", errors="surrogateescape") as file:
        rejected = {row["identity"]: row["reason"] for row in csv.DictReader(file)}
    assert imported | set(rejected) == set(expected)
    assert not imported & set(rejected)
    for identity, readable in expected.items():
        if readable:
            duplicate = rejected.get(identity, "").startswith("is an exact duplicate")
            assert identity in imported or duplicate, rejected[identity]
        elif readable is not None:
            assert identity in rejected
    for identity, reason in rejected.items():
        assert reason
        assert "\n" not in reason, identity
        assert "Error" not in reason, identity
    assert report.imported == len(imported)
    assert report.rejected + report.duplicates == len(rejected)


def refusal(decode: Callable[[bytes, str], object], data: bytes, name: str) -> str:
    """Return the sentence with which a file is refused; empty when it is not."""
    try:
        decode(data, name)
    except PhotoError as error:
        return str(error)
    return ""


def test_the_editor_and_the_import_agree_on_what_is_a_photo() -> None:
    for name, data, readable in hostile_contents(seed=1):
        by_import = refusal(lambda data, name: prepare_picture(data, name, SETTINGS), data, name)
        by_editor = refusal(decode_photo, data, name)
        assert by_import == by_editor
        assert by_import == "" or (by_import.startswith(name) and by_import.endswith("."))
        if readable is not None:
            assert (by_import == "") is readable, name


@pytest.mark.parametrize("suffix", CLAIMS)
def test_a_bomb_takes_no_memory(suffix: str) -> None:
    """A picture of 16,000 x 16,000 would take 768 MB; the peak must not have moved by 100."""
    script = (
        "import resource, sys\n"
        "from igan.data.preparing import PictureSettings, prepare_picture\n"
        "from serve.errors import PhotoError\n"
        "from tests.hostile_files import CLAIMS\n"
        f"data = CLAIMS[{suffix!r}](16_000, 16_000)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    prepare_picture(data, 'bomb', PictureSettings(32))\n"
        "except PhotoError as error:\n"
        "    assert 'megapixels' in str(error), error\n"
        "else:\n"
        "    sys.exit('was decoded')\n"
        "grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "sys.exit(f'grew by {grown_kib} KiB' if grown_kib > 100 * 1024 else 0)\n"
    )
    root = Path(__file__).parents[3]
    finished = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=root, capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr


def test_the_same_file_gives_the_same_picture_whatever_its_suffix() -> None:
    pictures = [
        prepare_picture(data, name, SETTINGS)
        for name, data, _ in hostile_contents()
        if name.startswith("wrong-suffix/")
    ]
    assert len(pictures) == 15
    assert all(picture.dtype == np.uint8 and np.ptp(picture) > 50 for picture in pictures)
