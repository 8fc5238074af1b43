from pathlib import Path

import pytest

from serve.errors import EditError
from serve.latent.edit import EXAMPLE, EditSettings, parse_edit, read_edit, write_edit
from tests.serve.latent.edit.edits import whole_edit


def test_the_example_is_a_script() -> None:
    edit = parse_edit(EXAMPLE)
    assert len(edit.constraints) == 1
    assert edit.settings == EditSettings()
    assert (edit.bundle, edit.photo, edit.frame, edit.cache) == (None, None, None, None)


def test_an_edit_survives_its_file(tmp_path: Path) -> None:
    path = tmp_path / "edit.json"
    write_edit(whole_edit(), path)
    assert read_edit(path) == whole_edit()
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_are_no_edit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "edit.json"
    with pytest.raises(EditError, match=r"edit\.json cannot be read: No such file"):
        read_edit(path)
    path.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(EditError, match=r"edit\.json is not a text file"):
        read_edit(path)
    path.write_text('{"version": 1,\n "constraints": [}')
    with pytest.raises(EditError, match=r"edit\.json is not JSON: .* line 2, column 18"):
        read_edit(path)
    path.write_text("[" * 200_000)
    with pytest.raises(EditError, match="nested too deeply"):
        read_edit(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"version": 1, "version": 1, "constraints": []}', "holds the key 'version' twice"),
        (
            '{"version": 1, "seed": ' + "9" * 5000 + ', "constraints": []}',
            "cannot be read: Exceeds",
        ),
        ('{"version": 1, "seed": NaN, "constraints": []}', "'seed' must be a whole number"),
        ('{"version": 1, "seed": 1e400, "constraints": []}', "'seed' must be a whole number"),
    ],
)
def test_texts_that_only_look_like_an_edit_are_refused(text: str, sentence: str) -> None:
    with pytest.raises(EditError, match=sentence):
        parse_edit(text)
