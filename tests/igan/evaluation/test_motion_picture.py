import numpy as np

from igan.evaluation.motion_picture import motion_picture


def test_rest_is_white_and_directions_differ():
    flow = np.zeros((2, 2, 2), np.float32)
    flow[:, 0, 1], flow[:, 1, 0], flow[:, 1, 1] = (4, 0), (-4, 0), (8, 0)
    picture = motion_picture(flow, 4.0)
    assert picture.shape == (2, 2, 3)
    assert np.array_equal(picture[0, 0], [255, 255, 255])
    assert np.array_equal(picture[0, 1], [255, 0, 0])
    assert np.array_equal(picture[1, 0], [0, 255, 255])
    assert np.array_equal(picture[1, 1], picture[0, 1])
