from dataclasses import replace

import numpy as np
import pytest

from igan.data.rendering import blend, sample_parameters


def test_a_shoe_is_the_same_whenever_it_is_asked_for() -> None:
    assert sample_parameters(3, 7) == sample_parameters(3, 7)
    shoes = {sample_parameters(seed, index) for seed in range(3) for index in range(20)}
    assert len(shoes) == 60


def test_a_blend_lies_between() -> None:
    start, end = sample_parameters(0, 0), sample_parameters(0, 1)
    assert blend(start, end, 0) == start
    middle = blend(start, end, 0.25)
    assert middle.length == pytest.approx(0.75 * start.length + 0.25 * end.length)
    np.testing.assert_allclose(middle.trim, 0.75 * np.array(start.trim) + 0.25 * np.array(end.trim))
    assert blend(start, end, 1).upper == pytest.approx(end.upper)


@pytest.mark.parametrize("change", [{"length": 1.1}, {"sole": (0.0, -0.1, 0.0)}, {"gloss": np.nan}])
def test_numbers_outside_their_range_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        replace(sample_parameters(0, 0), **change)  # type: ignore[arg-type]
