import cv2
import numpy as np
import pytest

from igan.evaluation.alignment_methods import alignment_methods, has_deepflow

SHIFT_PX = 2


def moving_texture(steps):
    """Frames whose content moves right by SHIFT_PX in all: flow_target_to_source is -SHIFT_PX."""
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (80, 80, 3), dtype=np.uint8)
    texture = cv2.GaussianBlur(noise, (0, 0), 2.0)
    stretched = cv2.normalize(texture, None, 0, 255, cv2.NORM_MINMAX)
    shares = np.linspace(0, SHIFT_PX, steps + 1)
    moves = [np.float32([[1, 0, share - 8], [0, 1, -8]]) for share in shares]
    return np.stack(
        [cv2.warpAffine(stretched, move, (64, 64), flags=cv2.INTER_CUBIC) for move in moves]
    )


@pytest.mark.parametrize("method", alignment_methods(), ids=lambda method: method.name)
def test_every_method_finds_a_shift_in_its_direction(method):
    motion = method.motion(moving_texture(2))
    assert motion.shape == (2, 64, 64)
    assert motion.dtype == np.float32
    inner = np.s_[16:-16, 16:-16]
    assert np.median(motion[0][inner]) == pytest.approx(-SHIFT_PX, abs=0.2)
    assert np.median(motion[1][inner]) == pytest.approx(0, abs=0.2)


def test_deepflow_takes_part_where_it_is():
    names = [method.name for method in alignment_methods()]
    assert any("DeepFlow" in name for name in names) == has_deepflow()
