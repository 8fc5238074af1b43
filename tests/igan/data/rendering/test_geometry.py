import numpy as np
import pytest

from igan.data.rendering.geometry import BACKDROP, BODY, HEEL, OPENING, ShoeGeometry
from igan.data.rendering.parameters import sample_parameters

SHOES = [ShoeGeometry(sample_parameters(0, index)) for index in range(12)]


@pytest.mark.parametrize("shoe", SHOES)
def test_placing_undoes_locating(shoe: ShoeGeometry) -> None:
    centres = (np.arange(100) + 0.5) / 100
    x, y = np.meshgrid(centres, centres)
    points = shoe.locate(x, y)
    back_x, back_y = shoe.place(points)
    on_shoe = points.part != BACKDROP
    assert on_shoe.mean() > 0.1
    np.testing.assert_allclose(back_x[on_shoe], x[on_shoe], atol=2e-6)
    np.testing.assert_allclose(back_y[on_shoe], y[on_shoe], atol=2e-6)


@pytest.mark.parametrize("shoe", SHOES)
def test_the_whole_shoe_is_in_the_picture(shoe: ShoeGeometry) -> None:
    centres = (np.arange(-20, 220) + 0.5) / 200
    part = shoe.locate(centres[None, :], centres[:, None]).part
    rows, columns = np.nonzero(part != BACKDROP)
    assert 0 <= centres[rows.min()] >= shoe.top_y
    assert 1 >= centres[rows.max()] <= shoe.ground_y
    assert 0 <= centres[columns.min()] < centres[columns.max()] <= 1


def test_heeled_shoes_have_a_heel_block() -> None:
    centres = (np.arange(200) + 0.5) / 200
    for shoe in SHOES:
        parts = set(np.unique(shoe.locate(centres[None, :], centres[:, None]).part))
        assert {BACKDROP, BODY, OPENING} <= parts
        assert (HEEL in parts) >= (shoe.parameters.heel_height > 0.3)


def test_rows_of_the_body_never_fold() -> None:
    for index in range(300):
        shoe = ShoeGeometry(sample_parameters(1, index))
        assert np.diff(shoe.height_of_v).min() > 1e-4
        assert (shoe.front_of_v - shoe.back_of_v).min() > 0.1
