from pathlib import Path

import cv2
import numpy as np

from igan.data.importing import import_photos
from igan.data.preparing import PictureSettings, prepare_picture
from igan.data.sketching import draw_sketch
from igan.data.sources import open_source
from igan.data.store import Store
from tests.igan.data.sources.collect import loaded, problem_of


def write_disc(path: Path, radius_px: int = 30) -> np.ndarray:
    """Write a photo of a blue disc on white, and return its RGB pixels."""
    photo = np.full((90, 120, 3), 255, np.uint8)
    cv2.circle(photo, (60, 45), radius_px, (160, 60, 30), -1)
    path.parent.mkdir(exist_ok=True)
    cv2.imwrite(str(path), photo)
    return np.ascontiguousarray(photo[:, :, ::-1])


def test_photos_become_drawings_and_stay_who_they_are(tmp_path: Path) -> None:
    photo = write_disc(tmp_path / "train" / "1.png")
    (tmp_path / "train" / "2.png").write_bytes(b"no photo")
    source = open_source(tmp_path, "sketch")
    assert (source.kind, source.count()) == ("sketch", 2)
    drawn, unreadable = source.files()
    np.testing.assert_array_equal(drawn.load(), draw_sketch(photo))
    assert (drawn.identity, drawn.split) == ("train/1.png", "train")
    assert problem_of(unreadable).startswith("is not a photo")


def test_a_photo_without_outlines_has_a_reason(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "fog.png"), np.full((40, 40, 3), 200, np.uint8))
    (fog,) = open_source(tmp_path, "sketch").files()
    assert problem_of(fog) == "shows nothing that has an outline"


def test_a_sketch_store_is_imported_and_drawn_from_a_photo_store(tmp_path: Path) -> None:
    photos = [write_disc(tmp_path / "photos" / f"{radius}.png", radius) for radius in (20, 30, 40)]
    import_photos(tmp_path / "photos", tmp_path / "sketches", 32, channels=1, kind="sketch")
    store = Store(tmp_path / "sketches")
    settings = PictureSettings(32, channels=1)
    for index, photo in enumerate(photos):
        expected = prepare_picture(draw_sketch(photo), "", settings)
        np.testing.assert_array_equal(store.read([index])[0], expected)
    assert store.meta.sources[0].name == "sketches of photos"

    import_photos(tmp_path / "photos", tmp_path / "store", 32, licence="CC0")
    source = open_source(tmp_path / "store", "sketch")
    assert (source.licence, [file.identity for file in source.files()]) == (
        "CC0",
        ["20.png", "30.png", "40.png"],
    )
    np.testing.assert_array_equal(
        loaded(source)[2].data, draw_sketch(Store(tmp_path / "store").read([2])[0])
    )
