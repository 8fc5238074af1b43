import dataclasses

import numpy as np
import pytest

from serve.transfer.flow import estimate_neighbour_flow
from serve.transfer.occlusion import fill_hidden_motion, seen_in_source
from serve.transfer.settings import TransferSettings
from tests.serve.transfer.planted import grid, planted_disc, smooth_motion


def constant_motion(x_px, y_px, size=24):
    motion = np.array([x_px, y_px], np.float32)[None, :, None, None]
    return np.broadcast_to(motion, (1, 2, size, size)).copy()


def test_a_way_back_that_undoes_the_way_there_hides_nothing():
    there = constant_motion(2.5, -1)
    assert (seen_in_source(there, -there, 0.1, 2) == 1).all()


def test_what_misses_itself_is_hidden_with_its_margin():
    there, back = constant_motion(0, 0), constant_motion(0, 0)
    back[0, 0, 12, 10] = 3.0
    seen = seen_in_source(there, back, 0.5, 2)
    expected = np.ones((24, 24))
    expected[10:15, 8:13] = 0
    assert np.array_equal(seen[0], expected)


def test_a_long_way_may_miss_by_more():
    for length_px, is_seen in ((8, 1), (1, 0)):
        there, back = constant_motion(length_px, 0), constant_motion(0.9 - length_px, 0)
        assert (seen_in_source(there, back, 0.5, 0) == is_seen).all()


def test_hidden_pixels_take_the_motion_of_their_like():
    x, _ = grid(24)
    left = x < 12
    motion = np.where(left, 3.0, -1.0)[None, None].repeat(2, 1).astype(np.float32)
    target = np.where(left, 0.2, 0.8)[None, None].repeat(3, 1).astype(np.float32)
    seen = np.ones((1, 24, 24), np.float32)
    seen[0, 8:16, 8:16] = 0
    spoilt = motion * seen[:, None]
    filled = fill_hidden_motion(spoilt, target, seen, 5.0, 0.15)
    assert np.abs(filled - motion).max() < 1e-3
    assert np.array_equal(filled[:, :, seen[0] == 1], motion[:, :, seen[0] == 1])


def test_where_nothing_is_seen_the_motion_stays():
    motion = smooth_motion(0, 2.0)(*grid(24))[None].astype(np.float32)
    target = np.full((1, 3, 24, 24), 0.5, np.float32)
    nothing = np.zeros((1, 24, 24), np.float32)
    assert np.array_equal(fill_hidden_motion(motion, target, nothing, 2.0, 0.1), motion)


@pytest.mark.parametrize("shift_px", [2, 4])
def test_ground_that_comes_out_from_behind_a_disc_does_not_move_with_it(shift_px):
    blind = dataclasses.replace(TransferSettings(), round_trip_px=None)
    errors = {"filled": [], "blind": []}
    for seed in range(4):
        planted = planted_disc(seed, shift_px)
        for name, settings in (("filled", None), ("blind", blind)):
            flow = estimate_neighbour_flow(planted.frames, settings)
            error = np.hypot(*(flow.flow_target_to_source[0] - planted.motion))
            errors[name].append((error[planted.hidden].mean(), error[planted.clear].mean()))
    filled, smeared = (np.mean(errors[name], axis=0) for name in ("filled", "blind"))
    assert filled[0] < 0.6 * smeared[0]
    assert filled[1] <= smeared[1]
    assert filled[1] < 0.1
