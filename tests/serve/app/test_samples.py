import json
from pathlib import Path
from typing import Any

import pytest

from serve.app.samples import read_samples
from serve.errors import PhotoError

SAMPLE = {
    "name": "boot",
    "file": "boot.png",
    "title": "A boot",
    "category": "shoes",
    "author": "somebody",
    "licence": "CC0",
    "origin": "drawn",
}


def written(folder: Path, listed: Any) -> Path:
    (folder / "boot.png").write_bytes(b"pixels")
    (folder / "samples.json").write_text(json.dumps(listed))
    return folder


def test_samples_and_whom_they_are_by(tmp_path: Path) -> None:
    (sample,) = read_samples(written(tmp_path, [SAMPLE]))
    assert sample.data == b"pixels"
    assert sample.describe() == {key: SAMPLE[key] for key in SAMPLE if key != "file"}


@pytest.mark.parametrize(
    "listed",
    [
        "boot",
        [{**SAMPLE, "file": "../boot.png"}],
        [{**SAMPLE, "file": "other.png"}],
        [{**SAMPLE, "more": 1}],
        [{"name": "boot"}],
        [3],
    ],
)
def test_lists_that_are_none(tmp_path: Path, listed: Any) -> None:
    with pytest.raises(PhotoError):
        read_samples(written(tmp_path, listed))


def test_no_list_at_all(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"samples\.json"):
        read_samples(tmp_path)
