import zipfile
from pathlib import Path

import pytest

from igan.data.sources import open_source
from igan.errors import SourceError


def test_the_importer_follows_what_lies_there(tmp_path: Path) -> None:
    path = tmp_path / "photos.dat"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"x")
    assert open_source(path).kind == "zip"
    assert open_source(str(tmp_path)).kind == "folder"


def test_nothing_and_something_else_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        open_source(tmp_path / "none")
    text = tmp_path / "readme.txt"
    text.write_text("hello")
    with pytest.raises(SourceError, match="no folder and no zip file"):
        open_source(text)
