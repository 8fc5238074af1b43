"""On environments as LSUN publishes them: the hash of a picture -> its file, in the main table."""

import hashlib
from pathlib import Path

import cv2
import lmdb
import numpy as np
import pytest

from igan.data.sources import open_source
from igan.data.sources.lsun import LsunSource
from igan.data.sources.source_options import SourceOptions
from igan.errors import SourceError
from tests.igan.data.conftest import MakeStore, random_pictures
from tests.igan.data.sources.collect import loaded


def write_category(folder: Path, count: int, suffix: str = ".webp") -> dict[str, bytes]:
    """Write an environment and return what is in it, in the order of its keys."""
    files = {}
    for pixels in random_pictures(count, seed=len(folder.name)):
        data = cv2.imencode(suffix, pixels)[1].tobytes()
        files[hashlib.sha1(data).hexdigest()] = data
    with (
        lmdb.open(str(folder), map_size=2**24) as environment,
        environment.begin(write=True) as transaction,
    ):
        for key, data in files.items():
            transaction.put(key.encode("ascii"), data)
    return dict(sorted(files.items()))


def test_one_category_is_found_and_read(tmp_path: Path) -> None:
    files = write_category(tmp_path / "church_outdoor_train_lmdb", 5)
    source = open_source(tmp_path / "church_outdoor_train_lmdb")
    assert (source.kind, source.name, source.count()) == ("lsun", "church_outdoor_train_lmdb", 5)
    photos = loaded(source)
    assert [photo.identity for photo in photos] == list(files)
    assert [photo.data for photo in photos] == list(files.values())
    assert {(photo.split, photo.label) for photo in photos} == {(None, "church_outdoor")}


def test_a_folder_of_categories_gives_splits_and_labels(tmp_path: Path) -> None:
    write_category(tmp_path / "church_outdoor_train_lmdb", 3, ".jpg")
    write_category(tmp_path / "church_outdoor_val_lmdb", 2)
    write_category(tmp_path / "bridge_train_lmdb", 1)
    source = open_source(tmp_path)
    assert (source.kind, source.count()) == ("lsun", 6)
    found = [(p.identity.partition("/")[0], p.split, p.label) for p in source.files()]
    assert found == [
        ("bridge_train_lmdb", "train", "bridge"),
        *[("church_outdoor_train_lmdb", "train", "church_outdoor")] * 3,
        *[("church_outdoor_val_lmdb", "test", "church_outdoor")] * 2,
    ]


def test_one_of_several_categories_can_be_chosen(tmp_path: Path) -> None:
    write_category(tmp_path / "church_outdoor_train_lmdb", 3)
    write_category(tmp_path / "bridge_train_lmdb", 1)
    source = LsunSource(tmp_path, SourceOptions(categories=("bridge",)))
    assert source.count() == len(list(source.files())) == 1
    with pytest.raises(SourceError, match="no category tower; it has bridge, church_outdoor"):
        LsunSource(tmp_path, SourceOptions(categories=("tower",))).count()


def test_a_photo_store_is_no_category(make_store: MakeStore) -> None:
    store = make_store()
    assert not LsunSource.lies_at(store.path)
    assert not LsunSource.lies_at(store.path.parent)


def test_what_was_cut_off_is_refused_before_it_is_read(tmp_path: Path) -> None:
    write_category(tmp_path / "tower_val_lmdb", 20)
    data_file = tmp_path / "tower_val_lmdb" / "data.mdb"
    data_file.write_bytes(data_file.read_bytes()[:-4096])
    with pytest.raises(SourceError, match="was cut off"):
        LsunSource(tmp_path / "tower_val_lmdb").count()
    data_file.write_bytes(b"no environment")
    with pytest.raises(SourceError, match="holds no LMDB environment"):
        LsunSource(tmp_path / "tower_val_lmdb").count()
    with pytest.raises(SourceError, match="holds no LSUN category"):
        list(LsunSource(tmp_path / "nowhere").files())


def test_values_are_files_that_decode(tmp_path: Path) -> None:
    write_category(tmp_path / "tower_val_lmdb", 3)
    for photo in loaded(LsunSource(tmp_path / "tower_val_lmdb")):
        pixels = cv2.imdecode(np.frombuffer(photo.data, np.uint8), cv2.IMREAD_COLOR)
        assert pixels.shape == (16, 16, 3)
