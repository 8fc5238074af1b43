import cv2
import numpy as np
import numpy.typing as npt
import pytest

from igan.data.sketching import WORKING_SIZE_PX, draw_sketch


def disc(
    size_px: int = 256,
    radius: float = 0.35,
    colour: tuple[int, int, int] = (40, 60, 120),
) -> npt.NDArray[np.uint8]:
    rows, columns = np.mgrid[:size_px, :size_px] + 0.5 - size_px / 2
    coverage = np.clip(radius * size_px + 0.5 - np.hypot(rows, columns), 0, 1)[:, :, None]
    return np.rint(coverage * colour + (1 - coverage) * 255).astype(np.uint8)


def distance_from_circle_px(sketch: npt.NDArray[np.uint8], radius: float) -> npt.NDArray:
    """Return how far each dark pixel lies from the outline that it should be on."""
    rows, columns = np.nonzero(sketch[:, :, 0] < 128)
    middle = sketch.shape[0] / 2
    distance = np.hypot(rows + 0.5 - middle, columns + 0.5 - middle)
    return np.abs(distance - radius * sketch.shape[0])


@pytest.mark.parametrize("size_px", [96, 256, 900])
def test_a_disc_becomes_one_thin_circle_at_any_size(size_px: int) -> None:
    sketch = draw_sketch(disc(size_px))
    assert sketch.shape == (WORKING_SIZE_PX, WORKING_SIZE_PX, 1)
    assert distance_from_circle_px(sketch, 0.35).max() < 3
    length_px = 2 * np.pi * 0.35 * WORKING_SIZE_PX
    assert 1.5 < np.sum((255.0 - sketch) / 255) / length_px < 3.5


def test_lines_are_dark_on_white() -> None:
    sketch = draw_sketch(disc())
    assert sketch.dtype == np.uint8
    assert sketch.min() < 40
    assert np.mean(sketch == 255) > 0.9


def test_white_on_white_has_an_outline_still() -> None:
    sketch = draw_sketch(disc(colour=(236, 236, 238)))
    outline = np.sum((255.0 - sketch) / 255)
    assert outline > 0.6 * np.sum((255.0 - draw_sketch(disc())) / 255)


def test_colours_of_one_lightness_have_a_line_between_them() -> None:
    photo = np.zeros((128, 128, 3), np.uint8)
    photo[:, :64], photo[:, 64:] = (200, 80, 80), (80, 131, 80)
    lightness = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)[0, :, 0].astype(int)
    assert abs(lightness[0] - lightness[-1]) < 8
    assert (draw_sketch(photo)[128, 120:136] < 100).any()


def test_flat_noise_and_gradients_give_nothing() -> None:
    assert (draw_sketch(np.full((64, 48, 3), 90, np.uint8)) == 255).all()
    ramp = np.tile(np.linspace(60, 200, 256).astype(np.uint8)[:, None, None], (1, 256, 3))
    assert (draw_sketch(ramp) == 255).all()
    noise = np.random.default_rng(0).normal(250, 1.5, (256, 256, 3)).clip(0, 255)
    assert (draw_sketch(noise.astype(np.uint8)) == 255).all()


def test_grey_photos_and_other_shapes() -> None:
    grey = np.ascontiguousarray(disc()[40:200, :, :1])
    assert draw_sketch(grey).shape == (160, 256, 1)
    assert draw_sketch(np.zeros((1, 1, 3), np.uint8)).shape == (256, 256, 1)
    assert draw_sketch(np.zeros((1, 2000, 3), np.uint8)).shape == (1, 256, 1)
