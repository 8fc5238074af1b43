import cv2
import numpy as np

from igan.data import second_look as module
from igan.data.near_duplicates import NEAR_DUPLICATE
from igan.data.second_look import second_look
from tests.igan.data.conftest import MakeStore


class PicturesAsStore:
    """The reading side of a store, over pictures in memory."""

    def __init__(self, pictures: np.ndarray) -> None:
        self._pictures = pictures

    def read(self, indices: np.ndarray) -> np.ndarray:
        return self._pictures[indices]


def textured(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    coarse = np.array([[0, 255], [255, 0]], np.uint8)  # one shape for all
    shape = cv2.resize(coarse, (64, 64), interpolation=cv2.INTER_CUBIC).astype(np.float64)
    detail = cv2.resize(random.normal(0, 60, (16, 16)), (64, 64))
    return np.clip(shape * 0.5 + 64 + detail, 0, 255).astype(np.uint8)[..., None].repeat(3, axis=2)


def saved_again(picture: np.ndarray) -> np.ndarray:
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 40])[1]
    return cv2.imdecode(data, cv2.IMREAD_COLOR)


def test_copies_stay_and_things_of_one_shape_go() -> None:
    first, other = textured(1), textured(2)
    brighter = np.clip(first * 0.8 + 30, 0, 255).astype(np.uint8)
    pictures = np.stack([first, saved_again(first), other, brighter])
    pairs = np.array([(0, 1, 0, 0.99), (0, 2, 0, 0.99), (0, 3, 0, 0.99)], NEAR_DUPLICATE)
    kept = second_look(PicturesAsStore(pictures), pairs)  # type: ignore[arg-type]
    assert set(kept["second"].tolist()) == {1, 3}
    assert (kept["correlation"] >= module.LEAST_CORRELATION).all()
    assert (np.diff(kept["correlation"]) <= 0).all()


def test_no_pairs(make_store: MakeStore) -> None:
    assert len(second_look(make_store(), np.empty(0, NEAR_DUPLICATE))) == 0
