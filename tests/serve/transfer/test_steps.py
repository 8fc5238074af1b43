import numpy as np
import pytest

from serve.transfer.steps import MOST_STEPS, drawn_in_needed_steps, steps_needed
from tests.serve.transfer.planted import planted_path


def test_small_changes_keep_their_steps():
    frames = planted_path(0, amplitude_px=6.0, change=0.06, steps=8).frames
    assert steps_needed(frames) == 8


def test_far_steps_ask_for_more():
    frames = planted_path(1, amplitude_px=9.0, change=0.06, steps=2).frames
    needed = steps_needed(frames)
    assert 3 <= needed <= 4


def test_equal_frames_need_no_more():
    frame = planted_path(2).frames[:1]
    assert steps_needed(np.repeat(frame, 3, axis=0)) == 2


@pytest.mark.parametrize("steps", [MOST_STEPS, MOST_STEPS + 6])
def test_the_number_is_bounded(steps):
    frames = np.random.default_rng(0).integers(0, 256, (steps + 1, 16, 16, 3), dtype=np.uint8)
    assert steps_needed(frames) == steps


def test_a_path_is_drawn_anew_only_when_it_moves_far():
    asked = []

    def draw(steps):
        asked.append(steps)
        return planted_path(1, amplitude_px=9.0, change=0.06, steps=steps).frames

    frames = drawn_in_needed_steps(draw, 2)
    assert asked == [2, len(frames) - 1]
    assert len(drawn_in_needed_steps(draw, 8)) == 9
    assert asked[2:] == [8]
