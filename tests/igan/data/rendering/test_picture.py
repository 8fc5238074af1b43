from dataclasses import replace

import numpy as np
import pytest

from igan.data.rendering import render, sample_parameters


@pytest.mark.parametrize("size", [16, 64, 97])
def test_a_picture_is_a_shoe_on_a_light_backdrop(size: int) -> None:
    picture = render(sample_parameters(0, 1), size)
    assert (picture.shape, picture.dtype) == ((size, size, 3), np.uint8)
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert border.min() > 200
    assert (np.abs(picture.astype(int) - picture[0, 0]).max(axis=2) > 30).mean() > 0.1


def test_a_smaller_picture_is_the_larger_one_seen_from_afar() -> None:
    shoe = sample_parameters(0, 3)
    large = render(shoe, 256).reshape(64, 4, 64, 4, 3).mean(axis=(1, 3))
    assert np.abs(render(shoe, 64) - large).mean() < 1.0


def test_colours_show_where_they_belong() -> None:
    shoe = replace(
        sample_parameters(0, 3), heel_height=0.0, stripes=0.0, upper=(0.9, 0.1, 0.1), gloss=0.0
    )
    red, blue = render(shoe, 64), render(replace(shoe, upper=(0.1, 0.1, 0.9)), 64)
    changed = (red != blue).any(axis=2)
    assert 0.1 < changed.mean() < 0.6
    assert red[changed][:, 0].mean() > 2 * red[changed][:, 2].mean()
    assert blue[changed][:, 2].mean() > 2 * blue[changed][:, 0].mean()


def test_small_steps_of_the_parameters_make_small_steps_of_the_picture() -> None:
    shoe = replace(sample_parameters(0, 3), length=0.5, heel_height=0.5, shaft_height=0.5)
    for name in ("length", "heel_height", "shaft_height", "toe_fullness", "shaft_lean"):
        moved = replace(shoe, **{name: getattr(shoe, name) + 1e-3})
        step = np.abs(render(moved, 64).astype(int) - render(shoe, 64))
        assert step.sum() > 0
        assert step.mean() < 0.5
