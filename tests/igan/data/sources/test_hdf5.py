"""On files as Fuel writes them, and as the paper's authors released them."""

import sys
from pathlib import Path

import numpy as np
import pytest

from igan.data.sources import open_source
from igan.data.sources.hdf5 import Hdf5Source
from igan.errors import SourceError
from tests.igan.data.conftest import random_pictures
from tests.igan.data.sources.collect import loaded

h5py = pytest.importorskip("h5py", reason="reading HDF5 files needs the package h5py")

SPLIT_LINE = np.dtype(
    [
        ("split", "S5"),
        ("source", "S8"),
        ("start", np.int64),
        ("stop", np.int64),
        ("indices", h5py.special_dtype(ref=h5py.Reference)),
        ("available", np.bool_),
        ("comment", "S1"),
    ]
)
Line = tuple[str, str, int, int, np.ndarray | None, bool]


def write(path: Path, name: str, pictures: np.ndarray, lines: list[Line] | None) -> Path:
    """Write pictures and the split table that Fuel's `create_split_array` makes."""
    with h5py.File(path, "w") as file:
        file.create_dataset(name, data=pictures)
        file.create_dataset("targets", data=np.zeros(len(pictures), np.uint8))
        if lines is not None:
            table = np.empty(len(lines), SPLIT_LINE)
            for number, (split, source, start, stop, rows, available) in enumerate(lines):
                reference = h5py.Reference()
                if rows is not None:
                    reference = file.create_dataset(f"rows_{number}", data=rows).ref
                table[number] = (
                    split.encode(), source.encode(), start, stop, reference, available, b"."
                )  # fmt: skip
            file.attrs["split"] = table
    return path


def test_fuels_features(tmp_path: Path) -> None:
    pictures = random_pictures(6)
    path = write(
        tmp_path / "church.hdf5",
        "features",
        pictures.transpose(0, 3, 1, 2),
        [
            ("train", "features", 0, 4, None, True),
            ("train", "targets", 0, 4, None, True),
            ("test", "features", 4, 6, None, True),
            ("test", "targets", 0, 0, None, False),
        ],
    )
    source = open_source(path)
    photos = loaded(source)
    assert (source.kind, source.count()) == ("hdf5", 6)
    np.testing.assert_array_equal([photo.data for photo in photos], pictures)
    assert [photo.split for photo in photos] == ["train"] * 4 + ["test"] * 2
    assert photos[5].identity == "features/5"


def test_the_authors_files(tmp_path: Path) -> None:
    pictures = random_pictures(5, size=8)
    lines: list[Line] = [("train", "imgs", 0, 4, None, True), ("test", "imgs", 4, 5, None, True)]
    photos = loaded(Hdf5Source(write(tmp_path / "shoes_64.hdf5", "imgs", pictures, lines)))
    np.testing.assert_array_equal([photo.data for photo in photos], pictures)
    assert photos[4].split == "test"


def test_the_authors_sketches_become_dark_on_white(tmp_path: Path) -> None:
    released = 255 - random_pictures(3, size=8, channels=1)
    path = write(tmp_path / "sketch_shoes_64.hdf5", "imgs", released, None)
    np.testing.assert_array_equal(
        [photo.data for photo in loaded(Hdf5Source(path))], 255 - released
    )


def test_one_channel_of_fuel_is_left_as_it_is(tmp_path: Path) -> None:
    pictures = random_pictures(3, size=8, channels=1)
    path = write(tmp_path / "mnist.hdf5", "features", pictures.transpose(0, 3, 1, 2), None)
    photos = loaded(Hdf5Source(path))
    np.testing.assert_array_equal([photo.data for photo in photos], pictures)
    assert {photo.split for photo in photos} == {None}


def test_a_split_may_name_single_rows(tmp_path: Path) -> None:
    pictures = random_pictures(6)
    lines: list[Line] = [
        ("train", "features", 0, 0, np.array([5, 0, 3]), True),
        ("valid", "features", 1, 2, None, True),
    ]
    path = write(tmp_path / "set.hdf5", "features", pictures.transpose(0, 3, 1, 2), lines)
    photos = loaded(Hdf5Source(path))
    np.testing.assert_array_equal([photo.data for photo in photos], pictures[[5, 0, 3, 1]])
    assert [photo.split for photo in photos] == ["train"] * 3 + ["test"]
    assert Hdf5Source(path).count() == 4


def test_what_is_not_in_the_layout_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["weights"] = np.zeros(3)
    with pytest.raises(SourceError, match="has no imgs and no features"):
        Hdf5Source(tmp_path / "other.h5").count()
    path = write(tmp_path / "floats.h5", "features", np.zeros((2, 3, 8, 8)), None)
    with pytest.raises(SourceError, match=r"holds float64 of the shape \(2, 3, 8, 8\)"):
        Hdf5Source(path).count()
    rows: list[Line] = [("train", "features", 0, 9, None, True)]
    path = write(tmp_path / "rows.h5", "features", np.zeros((2, 3, 8, 8), np.uint8), rows)
    with pytest.raises(SourceError, match="rows in its splits that it does not hold"):
        Hdf5Source(path).count()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.hdf5", "features", np.zeros((9, 3, 8, 8), np.uint8), None)
    path.write_bytes(path.read_bytes()[:600])
    assert Hdf5Source.lies_at(path)
    with pytest.raises(SourceError, match="cannot be read as an HDF5 file"):
        Hdf5Source(path).count()


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.hdf5", "features", np.zeros((1, 3, 8, 8), np.uint8), None)
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(SourceError, match="needs the package h5py; install it with"):
        open_source(path).count()
