import numpy as np
import pytest
import torch

from igan.data.combined import SplitReader
from igan.data.store import Store
from igan.evaluation import neighbours
from igan.evaluation.neighbours import nearest_photos
from igan.models.features import AlexNetFeatures
from serve.photo.pixels import pixels_to_tensor
from tests.stores import tiny_store


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SplitReader:
    path = tiny_store(tmp_path_factory.mktemp("store") / "s.lmdb", count=24, size=32)
    return SplitReader([Store(path)], "train")


def test_a_photo_is_its_own_nearest(reader: SplitReader) -> None:
    chosen = np.array([4, 0, 17])
    found = nearest_photos(reader.read(chosen), reader, nearest=2)
    assert found.positions[:, 0].tolist() == chosen.tolist()
    np.testing.assert_allclose(found.distances[:, 0], 0, atol=1e-5)
    assert (found.distances[:, 1] > 1e-4).all()


def test_batches_do_not_change_the_answer(
    reader: SplitReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against a comparison of everything with everything, written out."""
    noise = np.random.default_rng(1).integers(-30, 31, (3, 32, 32, 3))
    pictures = np.clip(reader.read(np.array([2, 9, 11])) + noise, 0, 255).astype(np.uint8)
    network = AlexNetFeatures(layer="conv4", upsampling=2)
    with torch.no_grad():
        mine, photos = (
            network(pixels_to_tensor(part)).flatten(1)
            for part in (pictures, reader.read(np.arange(len(reader))))
        )
    distances = 1 - torch.nn.functional.cosine_similarity(mine[:, None], photos, dim=2)
    monkeypatch.setattr(neighbours, "PHOTOS_AT_ONCE", 5)
    seen: list[int] = []
    found = nearest_photos(pictures, reader, nearest=7, on_batch=seen.append)
    np.testing.assert_array_equal(found.positions, distances.argsort(1)[:, :7])
    np.testing.assert_allclose(found.distances, distances.sort(1).values[:, :7], atol=1e-5)
    assert seen == [5, 10, 15, len(reader)]


def test_more_than_there_are_is_refused(reader: SplitReader) -> None:
    with pytest.raises(ValueError, match="nearest of"):
        nearest_photos(reader.read(np.array([0])), reader, nearest=len(reader) + 1)
