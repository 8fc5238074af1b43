"""On small archives as pix2pix publishes edges2shoes."""

import io
import shutil
import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from igan.data.sources import SourceOptions, open_source
from igan.errors import SourceError
from tests.igan.data.sources.collect import loaded, problem_of

LEFT, RIGHT = SourceOptions(half="left"), SourceOptions(half="right")


@pytest.fixture
def edges2shoes(tmp_path: Path) -> Path:
    """A white left half with a black line, and a blue right half."""
    pair = np.full((16, 32, 3), 255, np.uint8)
    pair[8, :16] = 0
    pair[:, 16:] = (200, 60, 0)  # BGR
    for name in ("train/1_AB.jpg", "train/2_AB.jpg", "val/1_AB.jpg"):
        path = tmp_path / "edges2shoes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), pair, [cv2.IMWRITE_JPEG_QUALITY, 98])
    return tmp_path / "edges2shoes"


def test_either_half_of_a_folder(edges2shoes: Path) -> None:
    source = open_source(edges2shoes, options=RIGHT)
    photos = loaded(source)
    assert (source.kind, source.count()) == ("paired", 3)
    assert [(photo.identity, photo.split) for photo in photos] == [
        ("train/1_AB.jpg", "train"),
        ("train/2_AB.jpg", "train"),
        ("val/1_AB.jpg", "test"),
    ]
    assert photos[0].data.shape == (16, 16, 3)
    np.testing.assert_allclose(np.mean(photos[0].data[:, 6:], axis=(0, 1)), (0, 60, 200), atol=4)
    (left, *_) = loaded(open_source(edges2shoes, options=LEFT))
    assert np.mean(left.data[4, :10]) > 240
    assert np.mean(left.data[8, :10]) < 30


def test_the_published_archive_is_read_as_it_is(edges2shoes: Path) -> None:
    archive = edges2shoes.with_name("edges2shoes.tar.gz")
    with tarfile.open(archive, "w:gz") as file:
        file.add(edges2shoes, "edges2shoes")
    photos = loaded(open_source(archive, options=LEFT))
    assert [photo.split for photo in sorted(photos, key=lambda photo: photo.identity)] == [
        "train", "train", "test",
    ]  # fmt: skip
    assert photos[0].data.shape == (16, 16, 3)


def test_a_zip_file(edges2shoes: Path) -> None:
    archive = shutil.make_archive(str(edges2shoes.parent / "mine"), "zip", edges2shoes)
    assert len(loaded(open_source(archive, "paired", RIGHT))) == 3


def test_the_half_must_be_named(edges2shoes: Path) -> None:
    with pytest.raises(SourceError, match="say which to take with --half left or --half right"):
        open_source(edges2shoes)


def test_what_cannot_be_halved_has_a_reason(tmp_path: Path) -> None:
    odd = cv2.imencode(".png", np.zeros((4, 7, 3), np.uint8))[1].tobytes()
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for name, data in (("odd.png", odd), ("no.jpg", b"no photo")):
            header = tarfile.TarInfo(name)
            header.size = len(data)
            archive.addfile(header, io.BytesIO(data))
    odd_one, no_photo = open_source(tmp_path / "a.tar", "paired", LEFT).files()
    assert problem_of(odd_one) == "is 7 pixels wide and cannot be halved"
    assert problem_of(no_photo).startswith("is not a photo")
