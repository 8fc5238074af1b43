import cv2
import numpy as np
import pytest

from igan.data.trimming import trimmed

INSIDE = (40, 90, 20)


def bordered(colour: tuple[int, int, int] = (255, 255, 255)) -> np.ndarray:
    picture = np.full((60, 80, 3), colour, np.uint8)
    picture[20:50, 10:60] = INSIDE
    return picture


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (200, 30, 90)])
def test_of_a_border_of_any_colour_one_line_stays(colour: tuple[int, int, int]) -> None:
    picture = trimmed(bordered(colour))
    assert picture.shape == (32, 52, 3)
    assert (picture[1:-1, 1:-1] == INSIDE).all()
    picture[1:-1, 1:-1] = colour
    assert (picture == colour).all()


def test_each_side_has_its_own_colour() -> None:
    picture = bordered()
    picture[:20] = 0
    picture = trimmed(picture)
    assert picture.shape == (32, 52, 3)
    assert (picture[0, 1:-1] == 0).all()
    assert (picture[-1, 1:-1] == 255).all()


def test_a_side_without_a_border_stays_as_it_is() -> None:
    picture = trimmed(bordered()[20:])
    assert picture.shape == (31, 52, 3)
    assert (picture[0, 1:-1] == INSIDE).all()


def test_what_jpeg_leaves_on_a_border_does_not_keep_it() -> None:
    data = cv2.imencode(".jpg", bordered(), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    picture = trimmed(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR)))
    assert 32 <= picture.shape[0] <= 42
    assert 52 <= picture.shape[1] <= 62
    assert len(np.unique(picture[0], axis=0)) == 1


def test_one_pixel_that_differs_keeps_its_line() -> None:
    picture = bordered()
    picture[3, 70] = 0
    assert trimmed(picture).shape == (49, 63, 3)


def test_a_photo_without_a_border_or_of_one_colour_stays() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8)
    np.testing.assert_array_equal(trimmed(noise), noise)
    assert trimmed(np.full((9, 8, 1), 7, np.uint8)).shape == (9, 8, 1)
