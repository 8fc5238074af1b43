import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from igan.cli.main import main
from igan.data.importing import import_photos
from igan.data.report import store_page
from igan.data.store import Store, StoreWriter
from igan.errors import StoreError
from tests.igan.data.conftest import MakeStore, write_photo_file


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Photos with something of everything that a report is to find."""
    folder = tmp_path / "photos"
    for number in range(30):
        write_photo_file(folder / "train" / "boots" / f"{number}.png", seed=number)
    for number in range(6):
        write_photo_file(folder / "test" / "boots" / f"t{number}.png", seed=100 + number)
    noise = np.random.default_rng(7).integers(0, 256, (10, 10, 3), np.uint8)
    detailed = cv2.resize(noise, (40, 30), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(folder / "train" / "boots" / "3.png"), detailed)
    leaked = np.rint(detailed * 0.97).astype(np.uint8)
    cv2.imwrite(str(folder / "test" / "boots" / "leaked.png"), leaked)
    write_photo_file(folder / "train" / "boots" / "small.png", seed=50, width_px=9, height_px=8)
    write_photo_file(folder / "train" / "boots" / "long.png", seed=51, width_px=200, height_px=30)
    flat = np.full((30, 30, 3), 77, np.uint8)
    cv2.imwrite(str(folder / "train" / "boots" / "flat.png"), flat)
    (folder / "train" / "boots" / "bad \udcff<b>.png").write_bytes(b"no photo")
    (folder / "train" / "boots" / "same.png").write_bytes(
        (folder / "train" / "boots" / "5.png").read_bytes()
    )
    return Store(import_photos(folder, tmp_path / "boots.lmdb", 16).store)


def test_the_page_tells_what_deserves_a_second_look(store: Store) -> None:
    seen: list[tuple[str, int, int]] = []
    page = store_page(store, lambda stage, done, total: seen.append((stage, done, total)))
    html = page.html()
    points = re.findall("<li>(.*?)</li>", html)
    said = " ".join(points)
    assert "one held out, so that figures on held-out pictures flatter: 1." in said
    assert (
        "Photos smaller than 16 pixels, enlarged, which a network learns as blur: 1 (2.5%)" in said
    )
    assert "which lose most of what they show: 1 (2.5%)" in said
    assert "Pictures of about one colour (contrast below 4 levels)" in said
    assert "Files that could not be read: 1 (2.4%)" in said
    assert "Few pictures to train on: 33" in said
    assert "No licence is stated for photos" in said
    assert ("pictures", 80, 80) in seen
    assert ("near-duplicates", 40, 40) in seen


def test_the_page_shows_everything_in_one_file(store: Store) -> None:
    html = store_page(store).html()
    assert html.count("<svg") == 5
    assert html.count("data:image/jpeg;base64,") >= 6
    assert store.digest in html
    assert re.search(r"boots/leaked\.png and train/boots/3\.png: (1\.000|0\.99\d)", html)
    assert "is an exact duplicate" in html
    assert "bad �&lt;b&gt;.png" in html
    assert not re.search(r'(src|href)="(?!data:)', html)
    html.encode()


def test_a_store_of_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.lmdb").mkdir()
    with StoreWriter(tmp_path / "empty.lmdb", size=16, channels=3):
        pass
    with pytest.raises(StoreError, match="holds no pictures"):
        store_page(Store(tmp_path / "empty.lmdb"))


def test_pictures_without_known_originals_are_reported_too(make_store: MakeStore) -> None:
    html = store_page(make_store(channels=1)).html()
    assert "sizes of the original photos are not known" in html
    assert "There are none: no two pictures look the same" in html


def test_the_command(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "report", str(store.path)]) == 0
    out = store.path.with_suffix(".html")
    assert out.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert capsys.readouterr().out == f"{out}: 40 pictures.\n"
    assert main(["data", "report", str(store.path)]) == 2
    assert "exists already" in capsys.readouterr().err
