from pathlib import Path

import numpy as np
import pytest

from igan.data.report.statistics import REC601_LUMA, picture_statistics
from tests.igan.data.conftest import MakeStore, random_pictures


@pytest.mark.parametrize("channels", [1, 3])
def test_figures_are_those_of_all_pictures_at_once(
    make_store: MakeStore, channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("igan.data.report.statistics.READ_AT_ONCE", 5)
    store = make_store(count=12, channels=channels)
    levels = random_pictures(12, channels=channels).astype(np.float64)
    seen: list[int] = []
    found = picture_statistics(store, seen.append)
    np.testing.assert_allclose(found.mean, levels.mean(axis=0))
    np.testing.assert_allclose(found.deviation, levels.std(axis=0), atol=1e-6)
    luma = levels @ REC601_LUMA if channels == 3 else levels[..., 0]
    np.testing.assert_allclose(found.brightness, luma.mean(axis=(1, 2)), rtol=1e-5)
    np.testing.assert_allclose(found.contrast, luma.std(axis=(1, 2)), rtol=1e-4)
    scaled = (levels - levels.mean(axis=0)) / levels.std(axis=0)
    strangeness = np.sqrt(np.square(scaled).mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(found.strangeness, strangeness, rtol=1e-3)
    assert seen == [5, 10, 12, 17, 22, 24]


def test_the_odd_one_out_is_the_strangest(tmp_path: Path) -> None:
    from igan.data.importing import import_photos
    from tests.igan.data.conftest import write_photo_file

    for number in range(20):
        path = write_photo_file(tmp_path / "photos" / f"{number:02}.png", seed=1)
        path.write_bytes(path.read_bytes() + bytes(number))
    write_photo_file(tmp_path / "photos" / "odd.png", seed=99)
    store_path = import_photos(tmp_path / "photos", tmp_path / "out.lmdb", 16).store
    from igan.data.store import Store

    store = Store(store_path)
    strangest = int(picture_statistics(store).strangeness.argmax())
    assert store.entries([strangest])[0].identity == "odd.png"
