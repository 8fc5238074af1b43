import cv2
import numpy as np

from igan.evaluation import dense_sift
from igan.evaluation.dense_sift import match_dense_sift


def texture(size):
    noise = np.random.default_rng(1).integers(0, 256, (size, size), dtype=np.uint8)
    return cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 1.5), None, 0, 255, cv2.NORM_MINMAX)


def test_a_far_shift_is_found_exactly(monkeypatch):
    monkeypatch.setattr(dense_sift, "PATCH_PX", 2.0)  # reaches no further than the margin below
    whole = texture(64)
    source, target = whole[4:52, 6:54], whole[7:55, 11:59]
    motion = match_dense_sift(source, target, reach_px=6)
    inner = np.s_[:, 14:-14, 14:-14]
    assert (motion[inner] == np.array([5, 3])[:, None, None]).mean() > 0.95


def test_the_same_picture_does_not_move():
    picture = texture(24)
    assert np.array_equal(match_dense_sift(picture, picture, reach_px=3), np.zeros((2, 24, 24)))


def test_what_lies_beyond_the_picture_is_not_matched():
    picture = texture(20)
    motion = match_dense_sift(picture, np.roll(picture, 3, axis=1), reach_px=4)
    y, x = np.mgrid[:20, :20]
    assert ((x + motion[0] >= 0) & (x + motion[0] < 20)).all()
    assert ((y + motion[1] >= 0) & (y + motion[1] < 20)).all()
