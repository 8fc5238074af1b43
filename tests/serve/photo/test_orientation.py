import numpy as np
import pytest

from serve.photo.orientation import upright

STORED = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)[..., None]


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[1, 2, 3], [4, 5, 6]]),
        (2, [[3, 2, 1], [6, 5, 4]]),
        (3, [[6, 5, 4], [3, 2, 1]]),
        (4, [[4, 5, 6], [1, 2, 3]]),
        (5, [[1, 4], [2, 5], [3, 6]]),
        (6, [[4, 1], [5, 2], [6, 3]]),
        (7, [[6, 3], [5, 2], [4, 1]]),
        (8, [[3, 6], [2, 5], [1, 4]]),
        (0, [[1, 2, 3], [4, 5, 6]]),
        (99, [[1, 2, 3], [4, 5, 6]]),
    ],
)
def test_the_eight_orientations_of_exif(orientation: int, expected: list[list[int]]) -> None:
    turned = upright(STORED, orientation)
    assert turned[..., 0].tolist() == expected
    assert turned.flags.c_contiguous
