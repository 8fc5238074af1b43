"""On a small tree as UT Zappos50K is unpacked, with its side files."""

import csv
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from igan.data.sources import SourceOptions, open_source
from igan.data.sources.zappos import ZapposSource
from igan.errors import SourceError
from tests.igan.data.sources.collect import loaded

COLUMNS = (
    "CID", "Category", "SubCategory", "HeelHeight", "Insole", "Closure", "Gender", "Material",
    "ToeStyle",
)  # fmt: skip
PHOTOS = {
    "Boots/Ankle/Neil M/7515478.3.jpg": ("1in - 1 3/4in", "Zipper", "Women"),
    "Sandals/Heel/Report/8027436.107.jpg": ("4in - 4 3/4in", "Slip-On;Elastic Gore", "Women"),
    "Shoes/Oxfords/Bostonian/100627.72.jpg": ("", "Lace up", "Men"),
    "Shoes/Oxfords/Bostonian/100627.255.jpg": ("", "Lace up", "Men"),
    "Shoes/Loafers/Sperry/7280008.3.jpg": ("Under 1in", "Slip-On", "Women"),
}
OTHERWISE_IN_THE_LIST = {
    "Boots/Ankle/Neil M/7515478.3.jpg": "Boots/Ankle/Neil M./7515478.3.jpg",
    "Shoes/Loafers/Sperry/7280008.3.jpg": "Shoes/Loafers/Sperry%2E/7280008.3.jpg",
}


@pytest.fixture
def zappos(tmp_path: Path) -> Path:
    """The folder into which both zip files were unpacked."""
    for name in PHOTOS:
        path = tmp_path / "ut-zap50k-images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    data = tmp_path / "ut-zap50k-data"
    data.mkdir()
    paths = [[OTHERWISE_IN_THE_LIST.get(name, name)] for name in PHOTOS]
    savemat(data / "image-path.mat", {"imagepath": np.array(paths, dtype=object)})
    with (data / "meta-data.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for name, (heel, closure, gender) in PHOTOS.items():
            category, subcategory, _, photo = name.split("/")
            number = photo.removesuffix(".jpg").replace(".", "-")
            table.writerow((number, category, subcategory, heel, "", closure, gender, "", ""))
    return tmp_path


def chosen(path: Path, *categories: str) -> list[str]:
    source = ZapposSource(path, SourceOptions(categories=categories))
    names = [str(file.identity) for file in source.files()]
    assert source.count() == len(names)
    return names


def test_all_photos_with_their_categories(zappos: Path) -> None:
    for path in (zappos, zappos / "ut-zap50k-images"):
        source = open_source(path)
        assert (source.kind, source.count()) == ("zappos", 5)
        photos = loaded(source)
        assert [photo.identity for photo in photos] == sorted(PHOTOS)
        assert photos[0].data == b"Boots/Ankle/Neil M/7515478.3.jpg"
        assert [photo.label for photo in photos][:3] == [
            "Boots/Ankle", "Sandals/Heel", "Shoes/Loafers",
        ]  # fmt: skip
        assert {photo.split for photo in photos} == {None}


def test_categories_and_subcategories(zappos: Path) -> None:
    assert len(chosen(zappos, "Shoes")) == 3
    assert len(chosen(zappos, "Shoes/Oxfords")) == 2
    assert len(chosen(zappos, "Shoes/Oxfords", "Boots")) == 3


def test_properties_from_the_side_files(zappos: Path) -> None:
    women = chosen(zappos, "Gender=Women")
    assert {name.rpartition("/")[2] for name in women} == {
        "7515478.3.jpg", "8027436.107.jpg", "7280008.3.jpg",
    }  # fmt: skip
    assert len(chosen(zappos, "Gender=Women", "Closure=Slip-On")) == 2
    assert len(chosen(zappos, "Closure=Slip-On", "Closure=Lace up")) == 4
    assert chosen(zappos, "Shoes", "Gender=Women") == ["Shoes/Loafers/Sperry/7280008.3.jpg"]


def test_a_zip_file_is_read_as_it_is(zappos: Path) -> None:
    archive = zappos / "elsewhere" / "ut-zap50k-images-square.zip"
    archive.parent.mkdir()
    with zipfile.ZipFile(archive, "w") as file:
        for name in PHOTOS:
            file.writestr(f"ut-zap50k-images-square/{name}", name)
    source = open_source(archive, options=SourceOptions(categories=("Shoes/Loafers",)))
    (photo,) = loaded(source)
    assert (source.kind, photo.label) == ("zappos", "Shoes/Loafers")
    assert photo.data == photo.identity.encode() == b"Shoes/Loafers/Sperry/7280008.3.jpg"
    with pytest.raises(SourceError, match=r"needs image-path\.mat"):
        chosen(archive, "Gender=Men")
    (zappos / "ut-zap50k-data").rename(archive.parent / "ut-zap50k-data")
    assert len(chosen(archive, "Gender=Men")) == 2


def test_what_there_is_not_is_refused(zappos: Path) -> None:
    with pytest.raises(SourceError, match="no category Clogs; it has Boots, Boots/Ankle"):
        chosen(zappos, "Clogs")
    with pytest.raises(SourceError, match="no property Colour; it has CID, Category"):
        chosen(zappos, "Colour=Red")
    with pytest.raises(SourceError, match="no photo with Gender=Dogs"):
        chosen(zappos, "Gender=Dogs")


def test_side_files_that_do_not_fit_together_are_refused(zappos: Path) -> None:
    table = zappos / "ut-zap50k-data" / "meta-data.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(SourceError, match=r"describes 4 photos and .* names 5"):
        chosen(zappos, "Gender=Men")
    (zappos / "ut-zap50k-data" / "image-path.mat").write_bytes(b"cut")
    with pytest.raises(SourceError, match="is no MATLAB 5 file"):
        chosen(zappos, "Gender=Men")


def test_photos_twice_are_refused(zappos: Path) -> None:
    (zappos / "ut-zap50k-images-square").mkdir()
    with pytest.raises(SourceError, match="holds the photos twice"):
        chosen(zappos)
