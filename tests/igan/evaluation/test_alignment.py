import numpy as np
import pytest

from igan.evaluation.alignment import align, summarise
from igan.evaluation.alignment_methods import DIRECT_DIS, AlignmentMethod
from igan.evaluation.rendered_pairs import draw_pairs


@pytest.fixture(scope="module")
def pairs():
    return draw_pairs(4, seed=8)


def knowing(pairs, off_px=0.0):
    """A method that knows the truth of the pairs, but for a shift."""
    truth = iter([pair.flow_target_to_source for pair in pairs])
    return lambda frames: next(truth) + np.float32([off_px, 0])[:, None, None]


def test_the_truth_has_no_error_and_a_shift_has_its_own(pairs):
    methods = [
        AlignmentMethod("truth", True, knowing(pairs)),
        AlignmentMethod(DIRECT_DIS, False, knowing(pairs, off_px=3.0)),
    ]
    done = []
    paths = [pair.path(2) for pair in pairs]
    truth, shifted = align(pairs, paths, methods, done.append)
    assert done == methods * 4
    assert np.abs(truth.end_point_error_px).max() < 1e-6
    assert np.allclose(shifted.end_point_error_px, 3.0)
    assert truth.warping_error.mean() < 0.9 * shifted.warping_error.mean()
    assert truth.colour_error.mean() < shifted.colour_error.mean()


def test_methods_see_the_frames_that_are_theirs(pairs):
    seen = []

    def look(frames):
        seen.append(frames)
        return np.zeros((2, 64, 64), np.float32)

    path = pairs[0].path(2)
    path[1:-1] = 0
    along = AlignmentMethod("along", False, look)
    align(pairs[:1], [path], [along, AlignmentMethod("ends", True, look)])
    assert np.array_equal(seen[0], path)
    assert np.array_equal(seen[1], np.stack([pairs[0].source, pairs[0].target]))


def test_rows_average_bins_and_the_pairs_on_which_dis_fails(pairs):
    methods = [
        AlignmentMethod("truth", True, knowing(pairs)),
        AlignmentMethod(DIRECT_DIS, True, knowing(pairs, off_px=3.0)),
    ]
    rows = summarise(pairs, align(pairs, [pair.path(1) for pair in pairs], methods))
    assert [(row.bin, row.pairs) for row in rows[::2]] == [
        ("6 to 8 px", 1),
        ("8 to 10 px", 1),
        ("10 to 12 px", 1),
        ("12 to 16 px", 1),
        ("all", 4),
        ("DIS over 2 px off", 4),
    ]
    assert rows[-1].end_point_error_px == pytest.approx(3.0)
    low, high = rows[-1].interval
    assert low <= rows[-1].end_point_error_px <= high
