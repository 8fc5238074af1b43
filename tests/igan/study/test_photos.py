from pathlib import Path

import numpy as np
import pytest

from igan.data.store import Store
from igan.errors import SourceError
from igan.study.photos import study_photos
from serve.photo.photo import Photo, write_photo
from tests.stores import tiny_store


def _write(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_photo(Photo(np.full((8, 8, 3), level, np.uint8)), path)


def test_a_folder_without_a_test_folder_gives_all(tmp_path: Path) -> None:
    _write(tmp_path / "b.png", 20)
    _write(tmp_path / "a/c.png", 10)
    photos = study_photos(tmp_path)
    assert [photo.identity for photo in photos] == ["a/c.png", "b.png"]
    assert photos[0].read().pixels[0, 0, 0] == 10


def test_a_folder_with_a_test_folder_gives_what_is_held_out(tmp_path: Path) -> None:
    _write(tmp_path / "train/a.png", 20)
    _write(tmp_path / "test/b.png", 10)
    assert [photo.identity for photo in study_photos(tmp_path)] == ["test/b.png"]


def test_a_store_gives_its_held_out_photos(tmp_path: Path) -> None:
    path = tiny_store(tmp_path / "photos.lmdb", count=12)
    photos = study_photos(path)
    held_out = Store(path).indices_of("test")
    assert 0 < len(photos) <= len(held_out)
    assert {photo.identity for photo in photos} <= {f"{index}.png" for index in held_out}
    index = int(photos[-1].identity.removesuffix(".png"))
    np.testing.assert_array_equal(photos[-1].read().pixels, Store(path).read([index])[0])


def test_a_place_without_photos(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="neither a store nor a folder"):
        study_photos(tmp_path / "none")
    assert study_photos(tmp_path) == []
