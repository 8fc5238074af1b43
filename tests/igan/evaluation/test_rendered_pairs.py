import numpy as np
import pytest

from igan.evaluation.rendered_pairs import MOTION_BINS_AT_64_PX, draw_pairs


@pytest.fixture(scope="module")
def pairs():
    return draw_pairs(4, seed=7, size=64)


def test_every_bin_holds_its_share(pairs):
    assert [pair.bin for pair in pairs] == [0, 1, 2, 3]
    for pair, (low, high) in zip(pairs, MOTION_BINS_AT_64_PX, strict=True):
        length = np.hypot(*pair.flow_target_to_source)[pair.compared]
        assert pair.motion_px == pytest.approx(np.quantile(length, 0.9))
        assert low <= pair.motion_px < high


def test_colours_change(pairs):
    for pair in pairs:
        change = np.abs(pair.target.transpose(2, 0, 1) / 255 - pair.moved_source)
        assert change[:, pair.compared].mean() >= 0.05


def test_a_path_leads_from_source_to_target(pairs):
    path = pairs[0].path(3)
    assert path.shape == (4, 64, 64, 3)
    assert np.array_equal(path[0], pairs[0].source)
    assert np.array_equal(path[-1], pairs[0].target)


def test_pairs_are_the_same_whenever_they_are_drawn(pairs):
    seen = []
    again = draw_pairs(1, seed=7, size=64, on_pair=seen.append)
    assert seen == [1, 2, 3, 4]
    for one, other in zip(pairs, again, strict=True):
        assert one.source_parameters == other.source_parameters
